"""The tables, a file for each subject. `storage.schema` has all of them; nobody else imports from here."""
