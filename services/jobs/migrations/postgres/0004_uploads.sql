-- Files of items, each of one person. The content lies in the blob store under the id.

CREATE TABLE uploads (
  id uuid NOT NULL PRIMARY KEY,
  workspace uuid NOT NULL,
  owner uuid NOT NULL,
  name text NOT NULL,
  original_name text NOT NULL,
  size bigint NOT NULL CONSTRAINT uploads_size CHECK (size >= 0),
  items bigint NOT NULL CONSTRAINT uploads_items CHECK (items >= 0),
  sha256 text NOT NULL CONSTRAINT uploads_sha256 CHECK (length(sha256) = 64),
  created_at bigint NOT NULL,
  CONSTRAINT uploads_name UNIQUE (workspace, owner, name)
);
CREATE INDEX uploads_by_owner ON uploads (workspace, owner, id);
CREATE INDEX uploads_by_age ON uploads (created_at);
