-- Webhooks. Actor and grants are those of who saved it last; secrets are sealed. Nothing that happened before `since`
-- is sent. It is disabled when disabled_at says so.
CREATE TABLE webhooks (
  id uuid NOT NULL PRIMARY KEY,
  workspace uuid NOT NULL,
  owner uuid NOT NULL,
  name text COLLATE "C" NOT NULL CONSTRAINT webhooks_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  url text NOT NULL,
  types text NOT NULL,
  secret bytea NOT NULL,
  old_secret bytea,
  old_secret_until bigint,
  actor text NOT NULL,
  grants text NOT NULL,
  since bigint NOT NULL,
  failing_since bigint,
  disabled_at bigint,
  disabled_reason text,
  version bigint NOT NULL CONSTRAINT webhooks_version_is_positive CHECK (version > 0),
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  CONSTRAINT webhooks_name_is_unique UNIQUE (workspace, owner, name),
  CONSTRAINT webhooks_old_secret_ends CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
  CONSTRAINT webhooks_disabled_has_reason CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);
CREATE INDEX webhooks_enabled ON webhooks (id) WHERE disabled_at IS NULL;

-- One event on its way to one webhook; `event` is the event's id, so that none is taken twice. try_at is when it is sent
-- again, or when whoever is sending it now counts as lost.
CREATE TABLE deliveries (
  id uuid NOT NULL PRIMARY KEY,
  webhook uuid NOT NULL,
  event text NOT NULL,
  type text NOT NULL,
  body text NOT NULL,
  state text NOT NULL CONSTRAINT deliveries_state CHECK (state IN ('waiting', 'delivered', 'failed')),
  tries bigint NOT NULL CONSTRAINT deliveries_tries_is_count CHECK (tries >= 0),
  pending_tries bigint NOT NULL CONSTRAINT deliveries_pending_tries_is_count CHECK (pending_tries >= 0),
  pending_since bigint NOT NULL,
  try_at bigint,
  created_at bigint NOT NULL,
  settled_at bigint,
  CONSTRAINT deliveries_event_once UNIQUE (webhook, event),
  CONSTRAINT deliveries_waiting_has_try CHECK ((state = 'waiting') = (try_at IS NOT NULL)),
  CONSTRAINT deliveries_settled_has_time CHECK ((state = 'waiting') = (settled_at IS NULL))
);
CREATE INDEX deliveries_to_try ON deliveries (try_at) WHERE try_at IS NOT NULL;
CREATE INDEX deliveries_by_webhook ON deliveries (webhook, id);
CREATE INDEX deliveries_by_age ON deliveries (created_at);

-- What came of each try.
CREATE TABLE tries (
  delivery uuid NOT NULL,
  number bigint NOT NULL CONSTRAINT tries_number_is_positive CHECK (number > 0),
  tried_at bigint NOT NULL,
  took_ms bigint NOT NULL,
  status bigint,
  error text,
  excerpt text,
  CONSTRAINT tries_key PRIMARY KEY (delivery, number),
  CONSTRAINT tries_has_outcome CHECK (status IS NOT NULL OR error IS NOT NULL)
);
