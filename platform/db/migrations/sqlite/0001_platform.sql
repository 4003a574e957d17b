-- Events wait here until the relay gives them a position, in commit order.
CREATE TABLE outbox (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  position INTEGER UNIQUE,
  topic TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  workspace BLOB NOT NULL CHECK (length(workspace) = 16),
  owner BLOB CHECK (owner IS NULL OR length(owner) = 16),
  actor TEXT NOT NULL CHECK (json_valid(actor)),
  correlation TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data)),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_unpositioned ON outbox (created_at, id) WHERE position IS NULL;

-- The last position given out; one row.
CREATE TABLE outbox_counter (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  position INTEGER NOT NULL
) STRICT;
INSERT INTO outbox_counter (id, position) VALUES (1, 0);

-- How far each consumer group has read each publisher.
CREATE TABLE inbox (
  publisher TEXT NOT NULL,
  consumer TEXT NOT NULL,
  position INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (publisher, consumer)
) STRICT;

-- The answer a create gave for an idempotency key, kept in the create's own transaction.
CREATE TABLE idempotency_keys (
  workspace BLOB NOT NULL CHECK (length(workspace) = 16),
  actor TEXT NOT NULL,
  operation TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  response TEXT NOT NULL CHECK (json_valid(response)),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, actor, operation, key)
) STRICT;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
