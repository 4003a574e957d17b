CREATE TABLE notes (
  id bigint NOT NULL PRIMARY KEY,
  body text NOT NULL CONSTRAINT notes_body_not_empty CHECK (body <> ''),
  author uuid
);
