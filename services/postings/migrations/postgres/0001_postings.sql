-- Where postings come from.
CREATE TABLE sources (
  name text NOT NULL PRIMARY KEY CONSTRAINT sources_name CHECK (name <> ''),
  url text NOT NULL,
  title text NOT NULL,
  contract bigint NOT NULL CONSTRAINT sources_contract CHECK (contract IN (1, 2)),
  demo bigint NOT NULL CHECK (demo IN (0, 1)),
  origin text NOT NULL CONSTRAINT sources_origin CHECK (origin IN ('environment', 'api', 'built_in')),
  checkpoint text CHECK (checkpoint IS NULL OR checkpoint::json IS NOT NULL),
  condition text NOT NULL CONSTRAINT sources_condition CHECK (condition IN
    ('unknown', 'healthy', 'degraded', 'unconfigured', 'unreachable')),
  condition_message text,
  checked_at bigint,
  ever_fetched bigint NOT NULL CHECK (ever_fetched IN (0, 1)),
  quiet_syncs bigint NOT NULL,
  last_fetched bigint NOT NULL,
  created_at bigint NOT NULL
);

-- How a source's health changed; only changes are kept.
CREATE TABLE source_health (
  source text NOT NULL,
  checked_at bigint NOT NULL,
  condition text NOT NULL,
  message text,
  PRIMARY KEY (source, checked_at)
);

-- One pass over a source, and its honest account.
CREATE TABLE syncs (
  id uuid NOT NULL PRIMARY KEY,
  source text NOT NULL,
  run text NOT NULL,
  state text NOT NULL CONSTRAINT syncs_state CHECK (state IN ('running', 'succeeded', 'partial', 'failed')),
  complete bigint NOT NULL CHECK (complete IN (0, 1)),
  fetched bigint NOT NULL,
  new bigint NOT NULL,
  updated bigint NOT NULL,
  duplicate bigint NOT NULL,
  rejected bigint NOT NULL,
  report text NOT NULL CHECK (report::json IS NOT NULL),
  error text,
  started_at bigint NOT NULL,
  ended_at bigint,
  CONSTRAINT syncs_account CHECK (fetched = new + updated + duplicate + rejected)
);
CREATE INDEX syncs_by_source ON syncs (source, started_at);

-- A posting as one source showed it. joined is the posting it founded or first joined, for ever.
CREATE TABLE sightings (
  source text NOT NULL,
  original_id text NOT NULL,
  posting uuid NOT NULL,
  joined uuid NOT NULL,
  content text NOT NULL CHECK (content::json IS NOT NULL),
  content_hash text NOT NULL,
  fingerprint text NOT NULL CHECK (fingerprint::json IS NOT NULL),
  payload text NOT NULL,
  because text NOT NULL CHECK (because::json IS NOT NULL),
  standing text NOT NULL CHECK (standing::json IS NOT NULL),
  on_offer bigint NOT NULL CHECK (on_offer IN (0, 1)),
  expires_at bigint,
  last_sync uuid NOT NULL,
  first_seen_at bigint NOT NULL,
  last_seen_at bigint NOT NULL,
  PRIMARY KEY (source, original_id)
);
CREATE INDEX sightings_by_posting ON sightings (posting);
CREATE INDEX sightings_by_joined ON sightings (joined);
CREATE INDEX sightings_by_expiry ON sightings (expires_at) WHERE on_offer = 1 AND expires_at IS NOT NULL;

-- What a sighting is looked up by when another may be the same.
CREATE TABLE sighting_keys (
  key bigint NOT NULL,
  source text NOT NULL,
  original_id text NOT NULL,
  PRIMARY KEY (key, source, original_id)
);
CREATE INDEX sighting_keys_of ON sighting_keys (source, original_id);

-- Postings that turned out to be one: the absorbed id stays an alias. Taking a row away undoes it.
CREATE TABLE merges (
  absorbed uuid NOT NULL PRIMARY KEY,
  survivor uuid NOT NULL,
  because text NOT NULL CHECK (because::json IS NOT NULL),
  merged_at bigint NOT NULL,
  CONSTRAINT merges_older_survives CHECK (survivor < absorbed)
);
CREATE INDEX merges_by_survivor ON merges (survivor);

-- Pairs a person took apart. Nothing unites them again.
CREATE TABLE separations (
  one uuid NOT NULL,
  other uuid NOT NULL,
  separated_at bigint NOT NULL,
  PRIMARY KEY (one, other),
  CONSTRAINT separations_order CHECK (one < other)
);

-- The canonical posting. position is its place in the change log, which search indexes follow.
CREATE TABLE postings (
  id uuid NOT NULL PRIMARY KEY,
  content text NOT NULL CHECK (content::json IS NOT NULL),
  sources text NOT NULL CHECK (sources::json IS NOT NULL),
  demo bigint NOT NULL CHECK (demo IN (0, 1)),
  state text NOT NULL CONSTRAINT postings_state CHECK (state IN ('live', 'missing', 'ended', 'absorbed')),
  position bigint NOT NULL CONSTRAINT postings_position UNIQUE,
  published_at bigint,
  first_seen_at bigint NOT NULL,
  updated_at bigint NOT NULL
);
-- Postings on offer, the last published first; those without a date come last.
CREATE INDEX postings_newest ON postings (published_at DESC NULLS LAST, id DESC) WHERE state IN ('live', 'missing');

-- The last position of the change log; one row.
CREATE TABLE posting_positions (
  id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
  position bigint NOT NULL
);
INSERT INTO posting_positions (id, position) VALUES (1, 0);
