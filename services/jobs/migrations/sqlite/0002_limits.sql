-- What keys allow of the tasks that carry them. A row stays when its limits are lifted: lanes name it.
-- in_use counts the tasks under a lease. next_token_at is the moment of the next token, microseconds; a bucket that is
-- full had it long ago (domain/limit.rs).
CREATE TABLE limits (
  id INTEGER NOT NULL PRIMARY KEY,
  workspace BLOB NOT NULL CHECK (length(workspace) = 16),
  key TEXT NOT NULL,
  concurrency INTEGER CONSTRAINT limits_concurrency CHECK (concurrency > 0),
  rate_count INTEGER CONSTRAINT limits_rate_count CHECK (rate_count > 0),
  rate_seconds INTEGER CONSTRAINT limits_rate_seconds CHECK (rate_seconds > 0),
  rate_burst INTEGER CONSTRAINT limits_rate_burst CHECK (rate_burst > 0),
  in_use INTEGER NOT NULL CONSTRAINT limits_in_use CHECK (in_use >= 0),
  next_token_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT limits_key UNIQUE (workspace, key),
  CONSTRAINT limits_rate CHECK ((rate_count IS NULL) = (rate_seconds IS NULL) AND (rate_count IS NULL) = (rate_burst IS NULL))
) STRICT;
CREATE INDEX lanes_limited ON lanes (limited_by) WHERE limited_by <> 0;
