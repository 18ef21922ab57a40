"""The steps that bring a database from any earlier state to the schema; `storage.runtime.migrate` runs them.

A step is written out in full and never imports `storage.schema`: it has to mean the same for good. Steps go forward
only; the way back is the backup that was taken before.
"""
