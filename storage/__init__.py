"""The database: schema, migrations, and the queries by subject. All SQL of the program is here.

Query functions take an open connection as their first argument and never commit: the caller begins and ends the
transaction.
"""
