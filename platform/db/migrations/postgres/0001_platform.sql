-- Events wait here until the relay gives them a position, in commit order.
CREATE TABLE outbox (
  id uuid NOT NULL PRIMARY KEY,
  position bigint UNIQUE,
  topic text NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  workspace uuid NOT NULL,
  owner uuid,
  actor text NOT NULL CHECK (actor::json IS NOT NULL),
  correlation text NOT NULL,
  data text NOT NULL CHECK (data::json IS NOT NULL),
  created_at bigint NOT NULL
);
CREATE INDEX outbox_unpositioned ON outbox (created_at, id) WHERE position IS NULL;

-- The last position given out; one row.
CREATE TABLE outbox_counter (
  id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
  position bigint NOT NULL
);
INSERT INTO outbox_counter (id, position) VALUES (1, 0);

-- How far each consumer group has read each publisher.
CREATE TABLE inbox (
  publisher text NOT NULL,
  consumer text NOT NULL,
  position bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (publisher, consumer)
);

-- The answer a create gave for an idempotency key, kept in the create's own transaction.
CREATE TABLE idempotency_keys (
  workspace uuid NOT NULL,
  actor text NOT NULL,
  operation text NOT NULL,
  key text NOT NULL,
  fingerprint text NOT NULL,
  response text NOT NULL CHECK (response::json IS NOT NULL),
  created_at bigint NOT NULL,
  PRIMARY KEY (workspace, actor, operation, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
