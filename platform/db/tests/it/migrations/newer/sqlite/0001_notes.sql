CREATE TABLE notes (
  id INTEGER NOT NULL PRIMARY KEY,
  body TEXT NOT NULL CONSTRAINT notes_body_not_empty CHECK (body <> ''),
  author BLOB
) STRICT;
