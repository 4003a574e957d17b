-- Where postings come from.
CREATE TABLE sources (
  name TEXT NOT NULL PRIMARY KEY CONSTRAINT sources_name CHECK (name <> ''),
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  contract INTEGER NOT NULL CONSTRAINT sources_contract CHECK (contract IN (1, 2)),
  demo INTEGER NOT NULL CHECK (demo IN (0, 1)),
  origin TEXT NOT NULL CONSTRAINT sources_origin CHECK (origin IN ('environment', 'api', 'built_in')),
  checkpoint TEXT CHECK (checkpoint IS NULL OR json_valid(checkpoint)),
  condition TEXT NOT NULL CONSTRAINT sources_condition CHECK (condition IN
    ('unknown', 'healthy', 'degraded', 'unconfigured', 'unreachable')),
  condition_message TEXT,
  checked_at INTEGER,
  ever_fetched INTEGER NOT NULL CHECK (ever_fetched IN (0, 1)),
  quiet_syncs INTEGER NOT NULL,
  last_fetched INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- How a source's health changed; only changes are kept.
CREATE TABLE source_health (
  source TEXT NOT NULL,
  checked_at INTEGER NOT NULL,
  condition TEXT NOT NULL,
  message TEXT,
  PRIMARY KEY (source, checked_at)
) STRICT;

-- One pass over a source, and its honest account.
CREATE TABLE syncs (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  source TEXT NOT NULL,
  run TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT syncs_state CHECK (state IN ('running', 'succeeded', 'partial', 'failed')),
  complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
  fetched INTEGER NOT NULL,
  new INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  duplicate INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  report TEXT NOT NULL CHECK (json_valid(report)),
  error TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  CONSTRAINT syncs_account CHECK (fetched = new + updated + duplicate + rejected)
) STRICT;
CREATE INDEX syncs_by_source ON syncs (source, started_at);

-- A posting as one source showed it. joined is the posting it founded or first joined, for ever.
CREATE TABLE sightings (
  source TEXT NOT NULL,
  original_id TEXT NOT NULL,
  posting BLOB NOT NULL CHECK (length(posting) = 16),
  joined BLOB NOT NULL CHECK (length(joined) = 16),
  content TEXT NOT NULL CHECK (json_valid(content)),
  content_hash TEXT NOT NULL,
  fingerprint TEXT NOT NULL CHECK (json_valid(fingerprint)),
  payload TEXT NOT NULL,
  because TEXT NOT NULL CHECK (json_valid(because)),
  standing TEXT NOT NULL CHECK (json_valid(standing)),
  on_offer INTEGER NOT NULL CHECK (on_offer IN (0, 1)),
  expires_at INTEGER,
  last_sync BLOB NOT NULL CHECK (length(last_sync) = 16),
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  PRIMARY KEY (source, original_id)
) STRICT;
CREATE INDEX sightings_by_posting ON sightings (posting);
CREATE INDEX sightings_by_joined ON sightings (joined);
CREATE INDEX sightings_by_expiry ON sightings (expires_at) WHERE on_offer = 1 AND expires_at IS NOT NULL;

-- What a sighting is looked up by when another may be the same.
CREATE TABLE sighting_keys (
  key INTEGER NOT NULL,
  source TEXT NOT NULL,
  original_id TEXT NOT NULL,
  PRIMARY KEY (key, source, original_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sighting_keys_of ON sighting_keys (source, original_id);

-- Postings that turned out to be one: the absorbed id stays an alias. Taking a row away undoes it.
CREATE TABLE merges (
  absorbed BLOB NOT NULL PRIMARY KEY CHECK (length(absorbed) = 16),
  survivor BLOB NOT NULL CHECK (length(survivor) = 16),
  because TEXT NOT NULL CHECK (json_valid(because)),
  merged_at INTEGER NOT NULL,
  CONSTRAINT merges_older_survives CHECK (survivor < absorbed)
) STRICT;
CREATE INDEX merges_by_survivor ON merges (survivor);

-- Pairs a person took apart. Nothing unites them again.
CREATE TABLE separations (
  one BLOB NOT NULL CHECK (length(one) = 16),
  other BLOB NOT NULL CHECK (length(other) = 16),
  separated_at INTEGER NOT NULL,
  PRIMARY KEY (one, other),
  CONSTRAINT separations_order CHECK (one < other)
) STRICT;

-- The canonical posting. position is its place in the change log, which search indexes follow.
CREATE TABLE postings (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  content TEXT NOT NULL CHECK (json_valid(content)),
  sources TEXT NOT NULL CHECK (json_valid(sources)),
  demo INTEGER NOT NULL CHECK (demo IN (0, 1)),
  state TEXT NOT NULL CONSTRAINT postings_state CHECK (state IN ('live', 'missing', 'ended', 'absorbed')),
  position INTEGER NOT NULL CONSTRAINT postings_position UNIQUE,
  published_at INTEGER,
  first_seen_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
-- Postings on offer, the last published first; those without a date come last.
CREATE INDEX postings_newest ON postings (published_at DESC, id DESC) WHERE state IN ('live', 'missing');

-- The last position of the change log; one row.
CREATE TABLE posting_positions (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  position INTEGER NOT NULL
) STRICT;
INSERT INTO posting_positions (id, position) VALUES (1, 0);
