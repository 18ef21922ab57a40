"""What is remembered: schema, migrations, and the queries by subject. All SQL of the program lives here.

Query functions take an open connection first and never commit: the transaction's bounds are the caller's.
"""
