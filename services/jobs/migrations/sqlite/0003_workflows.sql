-- Workflows: jobs made of steps. A run of one is a row in runs whose tasks are its steps; what a step does is done by
-- runs of its own. See docs/decisions/0009-workflows.md.

-- Runs whose tasks are steps have this kind; no worker handles it.
INSERT INTO kinds (name, version, description, parameter_schema, permissions, timeout_ms, max_attempts, backoff_ms,
  max_backoff_ms, created_at, updated_at)
VALUES ('workflow', 1, 'Steps of a workflow', 'true', '[]', 315360000000, 1, 1, 1, 0, 0);

-- The documents of jobs, one for each version that has steps.
CREATE TABLE workflows (
  job BLOB NOT NULL PRIMARY KEY CHECK (length(job) = 16),
  document TEXT NOT NULL CONSTRAINT workflows_document CHECK (json_valid(document))
) STRICT;

-- What a run of a workflow has beside other runs. revision changes with everything that is decided of it, so that
-- nothing is decided from what is no longer so. stop: 0 no, 1 its steps, 2 everything.
CREATE TABLE workflow_runs (
  run INTEGER NOT NULL PRIMARY KEY REFERENCES runs (number) ON DELETE CASCADE,
  job BLOB NOT NULL CHECK (length(job) = 16),
  inputs TEXT NOT NULL CONSTRAINT workflow_runs_inputs CHECK (json_valid(inputs)),
  depth INTEGER NOT NULL CONSTRAINT workflow_runs_depth CHECK (depth >= 0),
  stop INTEGER NOT NULL CONSTRAINT workflow_runs_stop CHECK (stop BETWEEN 0 AND 2),
  revision INTEGER NOT NULL
) STRICT;

-- How each step stands. due_at is the moment at which something is to be decided although nothing happened.
CREATE TABLE steps (
  task INTEGER NOT NULL PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES workflow_runs (run) ON DELETE CASCADE,
  name TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT steps_state CHECK (state IN
    ('waiting', 'running', 'succeeded', 'failed', 'timed_out', 'cancelled', 'skipped')),
  attempt INTEGER NOT NULL CONSTRAINT steps_attempt CHECK (attempt > 0),
  begun_at INTEGER,
  due_at INTEGER,
  decision TEXT CONSTRAINT steps_decision CHECK (decision IS NULL OR json_valid(decision)),
  CONSTRAINT steps_name UNIQUE (run, name),
  CONSTRAINT steps_due CHECK (due_at IS NULL OR state = 'waiting')
) STRICT;
CREATE INDEX steps_waiting ON steps (task) WHERE state = 'waiting' AND begun_at IS NOT NULL;
CREATE INDEX steps_by_due ON steps (due_at) WHERE due_at IS NOT NULL;

-- The runs that a step started.
CREATE TABLE step_runs (
  child INTEGER NOT NULL PRIMARY KEY REFERENCES runs (number) ON DELETE CASCADE,
  run INTEGER NOT NULL REFERENCES workflow_runs (run) ON DELETE CASCADE,
  task INTEGER NOT NULL,
  position INTEGER NOT NULL CONSTRAINT step_runs_position CHECK (position >= 0)
) STRICT;
CREATE INDEX step_runs_by_run ON step_runs (run, task, position);

-- What was sent to a run. The first of a name counts.
CREATE TABLE workflow_signals (
  run INTEGER NOT NULL REFERENCES workflow_runs (run) ON DELETE CASCADE,
  name TEXT NOT NULL,
  payload TEXT NOT NULL CONSTRAINT workflow_signals_payload CHECK (json_valid(payload)),
  sent_at INTEGER NOT NULL,
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

-- Runs of which something is to be decided: written with what happened, deleted with what was decided. An id is never
-- used again: who decided late would delete what happened since.
CREATE TABLE workflow_due (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL
) STRICT;
CREATE INDEX workflow_due_by_run ON workflow_due (run);
