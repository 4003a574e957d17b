-- Files of items, each of one person. The content lies in the blob store under the id.

CREATE TABLE uploads (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  workspace BLOB NOT NULL CHECK (length(workspace) = 16),
  owner BLOB NOT NULL CHECK (length(owner) = 16),
  name TEXT NOT NULL,
  original_name TEXT NOT NULL,
  size INTEGER NOT NULL CONSTRAINT uploads_size CHECK (size >= 0),
  items INTEGER NOT NULL CONSTRAINT uploads_items CHECK (items >= 0),
  sha256 TEXT NOT NULL CONSTRAINT uploads_sha256 CHECK (length(sha256) = 64),
  created_at INTEGER NOT NULL,
  CONSTRAINT uploads_name UNIQUE (workspace, owner, name)
) STRICT;
CREATE INDEX uploads_by_owner ON uploads (workspace, owner, id);
CREATE INDEX uploads_by_age ON uploads (created_at);
