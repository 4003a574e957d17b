-- The engine. What is ready or leased is narrow and short; history is append-only; parameters, results and
-- output lie beside. See docs/decisions/0001-engine-tables.md.

CREATE TABLE kinds (
  id INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  version INTEGER NOT NULL CONSTRAINT kinds_version CHECK (version > 0),
  description TEXT NOT NULL,
  parameter_schema TEXT NOT NULL CONSTRAINT kinds_schema CHECK (json_valid(parameter_schema)),
  permissions TEXT NOT NULL CONSTRAINT kinds_permissions CHECK (json_valid(permissions)),
  timeout_ms INTEGER NOT NULL CONSTRAINT kinds_timeout CHECK (timeout_ms > 0),
  max_attempts INTEGER NOT NULL CONSTRAINT kinds_max_attempts CHECK (max_attempts > 0),
  backoff_ms INTEGER NOT NULL CONSTRAINT kinds_backoff CHECK (backoff_ms > 0),
  max_backoff_ms INTEGER NOT NULL CONSTRAINT kinds_max_backoff CHECK (max_backoff_ms >= backoff_ms),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT kinds_name UNIQUE (name, version)
) STRICT;

CREATE TABLE queues (
  id INTEGER NOT NULL PRIMARY KEY,
  workspace BLOB NOT NULL CHECK (length(workspace) = 16),
  name TEXT NOT NULL,
  paused_at INTEGER,
  created_at INTEGER NOT NULL,
  CONSTRAINT queues_name UNIQUE (workspace, name)
) STRICT;

-- Tasks that a claim cannot tell apart: of one queue and kind, one owner (all zeros for none), with one demand on
-- workers (a sorted JSON array of capabilities), and under one limit (0 for none). What a claim takes from.
CREATE TABLE lanes (
  id INTEGER NOT NULL PRIMARY KEY,
  queue INTEGER NOT NULL REFERENCES queues (id),
  kind INTEGER NOT NULL REFERENCES kinds (id),
  owner BLOB NOT NULL CHECK (length(owner) = 16),
  requires TEXT NOT NULL CONSTRAINT lanes_requires CHECK (json_valid(requires)),
  limited_by INTEGER NOT NULL,
  CONSTRAINT lanes_class UNIQUE (queue, kind, owner, requires, limited_by)
) STRICT;

-- Immutable: a change is a new version, and a run keeps the version it executed. archived_at ends a name.
CREATE TABLE jobs (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  workspace BLOB NOT NULL CHECK (length(workspace) = 16),
  owner BLOB CHECK (owner IS NULL OR length(owner) = 16),
  name TEXT NOT NULL,
  version INTEGER NOT NULL CONSTRAINT jobs_version CHECK (version > 0),
  description TEXT NOT NULL,
  kind TEXT NOT NULL,
  kind_version INTEGER NOT NULL,
  parameters TEXT NOT NULL CONSTRAINT jobs_parameters CHECK (json_valid(parameters)),
  queue TEXT NOT NULL,
  priority INTEGER NOT NULL,
  requires TEXT NOT NULL CONSTRAINT jobs_requires CHECK (json_valid(requires)),
  limits TEXT NOT NULL CONSTRAINT jobs_limits CHECK (json_valid(limits)),
  max_attempts INTEGER,
  timeout_ms INTEGER,
  keep_days INTEGER CONSTRAINT jobs_keep_days CHECK (keep_days > 0),
  keep_runs INTEGER CONSTRAINT jobs_keep_runs CHECK (keep_runs > 0),
  archived_at INTEGER,
  created_at INTEGER NOT NULL,
  CONSTRAINT jobs_name UNIQUE (workspace, name, version)
) STRICT;

-- Numbers handed out in the group commit; one row.
CREATE TABLE sequences (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  run INTEGER NOT NULL,
  task INTEGER NOT NULL
) STRICT;
INSERT INTO sequences (id, run, task) VALUES (1, 0, 0);

-- What the engine counted about itself since installation.
CREATE TABLE tallies (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
INSERT INTO tallies (name, value) VALUES ('late_completions', 0), ('lost_attempts', 0), ('overdue_attempts', 0);

-- parent is the number of the workflow's run that started it.
CREATE TABLE runs (
  number INTEGER NOT NULL PRIMARY KEY,
  id BLOB NOT NULL CHECK (length(id) = 16) CONSTRAINT runs_id UNIQUE,
  workspace BLOB NOT NULL CHECK (length(workspace) = 16),
  owner BLOB CHECK (owner IS NULL OR length(owner) = 16),
  actor TEXT NOT NULL CHECK (json_valid(actor)),
  grants TEXT NOT NULL CHECK (json_valid(grants)),
  source TEXT NOT NULL CONSTRAINT runs_source CHECK (source IN ('manual', 'api', 'schedule', 'event', 'workflow')),
  correlation TEXT NOT NULL,
  job BLOB CHECK (job IS NULL OR length(job) = 16),
  lane INTEGER NOT NULL REFERENCES lanes (id),
  priority INTEGER NOT NULL,
  state TEXT NOT NULL CONSTRAINT runs_state CHECK (state IN
    ('queued', 'running', 'waiting', 'cancelling', 'succeeded', 'partial', 'failed', 'timed_out', 'cancelled')),
  reason TEXT,
  epoch INTEGER NOT NULL,
  first_task INTEGER NOT NULL,
  size INTEGER NOT NULL,
  waiting INTEGER NOT NULL CHECK (waiting >= 0),
  ready INTEGER NOT NULL CHECK (ready >= 0),
  running INTEGER NOT NULL CHECK (running >= 0),
  succeeded INTEGER NOT NULL CHECK (succeeded >= 0),
  failed INTEGER NOT NULL CHECK (failed >= 0),
  timed_out INTEGER NOT NULL CHECK (timed_out >= 0),
  cancelled INTEGER NOT NULL CHECK (cancelled >= 0),
  skipped INTEGER NOT NULL CHECK (skipped >= 0),
  bad_items INTEGER NOT NULL CHECK (bad_items >= 0),
  max_attempts INTEGER NOT NULL CHECK (max_attempts > 0),
  timeout_ms INTEGER NOT NULL CHECK (timeout_ms > 0),
  run_at INTEGER,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  parent INTEGER,
  CONSTRAINT runs_counts CHECK (waiting + ready + running + succeeded + failed + timed_out + cancelled + skipped = size),
  CONSTRAINT runs_ended CHECK ((ended_at IS NOT NULL) = (state IN ('succeeded', 'partial', 'failed', 'timed_out', 'cancelled'))),
  CONSTRAINT runs_open CHECK ((ended_at IS NULL) = (waiting + ready + running > 0))
) STRICT;
CREATE INDEX runs_by_state ON runs (workspace, state, number);
CREATE INDEX runs_by_lane ON runs (lane, state, number);
CREATE INDEX runs_by_end ON runs (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_by_job ON runs (job, number) WHERE job IS NOT NULL;

-- Immutable. A run's tasks are numbered from its first_task on.
CREATE TABLE tasks (
  id INTEGER NOT NULL PRIMARY KEY,
  parameters TEXT NOT NULL
) STRICT;

-- May be claimed now. Lower rank goes first: the moment it entered the line, moved by its priority (domain/rank.rs).
CREATE TABLE ready (
  task INTEGER NOT NULL PRIMARY KEY,
  lane INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  run INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  attempts_left INTEGER NOT NULL CHECK (attempts_left > 0)
) STRICT;
CREATE INDEX ready_order ON ready (lane, rank, task);

-- Will be ready at run_at.
CREATE TABLE delayed (
  task INTEGER NOT NULL PRIMARY KEY,
  run_at INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  run INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  attempts_left INTEGER NOT NULL CHECK (attempts_left > 0)
) STRICT;
CREATE INDEX delayed_order ON delayed (run_at);

-- One row per claimed batch; tasks is a JSON array of [task, lane, rank, run, attempt, attempts_left], and the limit
-- whose slot it holds, if there is one. Its attempts
-- are timed from reported_at; none of them takes too long before overdue_at.
CREATE TABLE leases (
  token BLOB NOT NULL PRIMARY KEY CHECK (length(token) = 16),
  holder TEXT NOT NULL,
  worker TEXT NOT NULL,
  claimed_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  reported_at INTEGER NOT NULL,
  overdue_at INTEGER NOT NULL,
  tasks TEXT NOT NULL CHECK (json_valid(tasks))
) STRICT;
CREATE INDEX leases_due ON leases (CASE WHEN overdue_at < expires_at THEN overdue_at ELSE expires_at END);

-- Append-only history. final marks the one recorded outcome of a task in an epoch.
CREATE TABLE attempts (
  task INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  state TEXT NOT NULL CONSTRAINT attempts_state CHECK (state IN
    ('succeeded', 'failed', 'timed_out', 'cancelled', 'skipped', 'lost')),
  final INTEGER NOT NULL CHECK (final IN (0, 1)),
  worker TEXT,
  claimed_at INTEGER,
  ended_at INTEGER NOT NULL,
  error_code TEXT,
  error_message TEXT,
  PRIMARY KEY (task, attempt)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX attempts_one_final ON attempts (task, epoch) WHERE final = 1;
CREATE INDEX attempts_dead ON attempts (ended_at, task) WHERE final = 1 AND state IN ('failed', 'timed_out');

-- Small results inline; large ones in the blob store, named by blob.
CREATE TABLE results (
  task INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  value TEXT,
  blob TEXT,
  PRIMARY KEY (task, attempt),
  CONSTRAINT results_one_place CHECK ((value IS NULL) <> (blob IS NULL))
) STRICT, WITHOUT ROWID;

-- Captured output, bounded per attempt.
CREATE TABLE output (
  task INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  position INTEGER NOT NULL,
  stream TEXT NOT NULL CONSTRAINT output_stream CHECK (stream IN ('stdout', 'stderr', 'log')),
  text TEXT NOT NULL,
  written_at INTEGER NOT NULL,
  PRIMARY KEY (task, attempt, position)
) STRICT, WITHOUT ROWID;

-- The latest progress of a running task, thousandths.
CREATE TABLE progress (
  task INTEGER NOT NULL PRIMARY KEY,
  attempt INTEGER NOT NULL,
  thousandths INTEGER NOT NULL CHECK (thousandths BETWEEN 0 AND 1000),
  message TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- Runs by state, kept in step with every change, so that no screen counts history. owner is all zeros for none.
CREATE TABLE run_counts (
  workspace BLOB NOT NULL CHECK (length(workspace) = 16),
  owner BLOB NOT NULL CHECK (length(owner) = 16),
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (workspace, owner, state)
) STRICT, WITHOUT ROWID;

-- Idempotency keys of submissions.
CREATE TABLE run_keys (
  workspace BLOB NOT NULL CHECK (length(workspace) = 16),
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  run INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, actor, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_keys_run ON run_keys (run);

-- Who claims, and what for: to say why a run waits. workspace is all ones for who works for every one.
CREATE TABLE workers (
  workspace BLOB NOT NULL CHECK (length(workspace) = 16),
  name TEXT NOT NULL,
  kinds TEXT NOT NULL CHECK (json_valid(kinds)),
  capabilities TEXT NOT NULL CHECK (json_valid(capabilities)),
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, name)
) STRICT;
