"""The tables, one file for each subject. `storage.schema` has all of them; other code imports them from there."""
