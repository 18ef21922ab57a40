"""The program's use cases, one subject for each folder: they open transactions, ask the rules, and choose the views
that put the result into words.
"""
