-- Webhooks. Actor and grants are those of who saved it last; secrets are sealed. Nothing that happened before `since`
-- is sent. It is disabled when disabled_at says so.
CREATE TABLE webhooks (
  id BLOB NOT NULL PRIMARY KEY CONSTRAINT webhooks_id_is_uuid CHECK (length(id) = 16),
  workspace BLOB NOT NULL CONSTRAINT webhooks_workspace_is_uuid CHECK (length(workspace) = 16),
  owner BLOB NOT NULL CONSTRAINT webhooks_owner_is_uuid CHECK (length(owner) = 16),
  name TEXT NOT NULL CONSTRAINT webhooks_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  url TEXT NOT NULL,
  types TEXT NOT NULL CONSTRAINT webhooks_types_is_json CHECK (json_valid(types)),
  secret BLOB NOT NULL,
  old_secret BLOB,
  old_secret_until INTEGER,
  actor TEXT NOT NULL CONSTRAINT webhooks_actor_is_json CHECK (json_valid(actor)),
  grants TEXT NOT NULL CONSTRAINT webhooks_grants_is_json CHECK (json_valid(grants)),
  since INTEGER NOT NULL,
  failing_since INTEGER,
  disabled_at INTEGER,
  disabled_reason TEXT,
  version INTEGER NOT NULL CONSTRAINT webhooks_version_is_positive CHECK (version > 0),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT webhooks_name_is_unique UNIQUE (workspace, owner, name),
  CONSTRAINT webhooks_old_secret_ends CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
  CONSTRAINT webhooks_disabled_has_reason CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
) STRICT;
CREATE INDEX webhooks_enabled ON webhooks (id) WHERE disabled_at IS NULL;

-- One event on its way to one webhook; `event` is the event's id, so that none is taken twice. try_at is when it is sent
-- again, or when whoever is sending it now counts as lost.
CREATE TABLE deliveries (
  id BLOB NOT NULL PRIMARY KEY CONSTRAINT deliveries_id_is_uuid CHECK (length(id) = 16),
  webhook BLOB NOT NULL CONSTRAINT deliveries_webhook_is_uuid CHECK (length(webhook) = 16),
  event TEXT NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL CONSTRAINT deliveries_body_is_json CHECK (json_valid(body)),
  state TEXT NOT NULL CONSTRAINT deliveries_state CHECK (state IN ('waiting', 'delivered', 'failed')),
  tries INTEGER NOT NULL CONSTRAINT deliveries_tries_is_count CHECK (tries >= 0),
  pending_tries INTEGER NOT NULL CONSTRAINT deliveries_pending_tries_is_count CHECK (pending_tries >= 0),
  pending_since INTEGER NOT NULL,
  try_at INTEGER,
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  CONSTRAINT deliveries_event_once UNIQUE (webhook, event),
  CONSTRAINT deliveries_waiting_has_try CHECK ((state = 'waiting') = (try_at IS NOT NULL)),
  CONSTRAINT deliveries_settled_has_time CHECK ((state = 'waiting') = (settled_at IS NULL))
) STRICT;
CREATE INDEX deliveries_to_try ON deliveries (try_at) WHERE try_at IS NOT NULL;
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, id);
CREATE INDEX deliveries_by_age ON deliveries (created_at);

-- What came of each try.
CREATE TABLE tries (
  delivery BLOB NOT NULL CONSTRAINT tries_delivery_is_uuid CHECK (length(delivery) = 16),
  number INTEGER NOT NULL CONSTRAINT tries_number_is_positive CHECK (number > 0),
  tried_at INTEGER NOT NULL,
  took_ms INTEGER NOT NULL,
  status INTEGER,
  error TEXT,
  excerpt TEXT,
  CONSTRAINT tries_key PRIMARY KEY (delivery, number),
  CONSTRAINT tries_has_outcome CHECK (status IS NOT NULL OR error IS NOT NULL)
) STRICT;
