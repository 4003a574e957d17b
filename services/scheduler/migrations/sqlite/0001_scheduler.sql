-- Schedules. The definition is what somebody decided, as JSON; actor and grants are those of who saved it last. The
-- next time is before jitter, due_at with it; both are absent when the schedule is paused or has ended.
CREATE TABLE schedules (
  id BLOB NOT NULL PRIMARY KEY CONSTRAINT schedules_id_is_uuid CHECK (length(id) = 16),
  workspace BLOB NOT NULL CONSTRAINT schedules_workspace_is_uuid CHECK (length(workspace) = 16),
  owner BLOB CONSTRAINT schedules_owner_is_uuid CHECK (length(owner) = 16),
  name TEXT NOT NULL CONSTRAINT schedules_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  definition TEXT NOT NULL CONSTRAINT schedules_definition_is_json CHECK (json_valid(definition)),
  actor TEXT NOT NULL CONSTRAINT schedules_actor_is_json CHECK (json_valid(actor)),
  grants TEXT NOT NULL CONSTRAINT schedules_grants_is_json CHECK (json_valid(grants)),
  fired INTEGER NOT NULL CONSTRAINT schedules_fired_is_count CHECK (fired >= 0),
  next_at INTEGER,
  due_at INTEGER,
  paused_at INTEGER,
  version INTEGER NOT NULL CONSTRAINT schedules_version_is_positive CHECK (version > 0),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT schedules_name_is_unique UNIQUE (workspace, name),
  CONSTRAINT schedules_due_has_next CHECK ((due_at IS NULL) = (next_at IS NULL)),
  CONSTRAINT schedules_paused_has_no_next CHECK (paused_at IS NULL OR next_at IS NULL)
) STRICT;
CREATE INDEX schedules_due ON schedules (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX schedules_by_owner ON schedules (workspace, owner, name);

-- What became of each time of a schedule. `request` is what is to be submitted, for whom; it stays until that is done.
CREATE TABLE fires (
  id BLOB NOT NULL PRIMARY KEY CONSTRAINT fires_id_is_uuid CHECK (length(id) = 16),
  schedule BLOB NOT NULL CONSTRAINT fires_schedule_is_uuid CHECK (length(schedule) = 16),
  workspace BLOB NOT NULL CONSTRAINT fires_workspace_is_uuid CHECK (length(workspace) = 16),
  scheduled_for INTEGER NOT NULL,
  source TEXT NOT NULL CONSTRAINT fires_source CHECK (source IN ('scheduler', 'manual')),
  outcome TEXT NOT NULL CONSTRAINT fires_outcome CHECK (outcome IN ('due', 'queued', 'submitted', 'skipped', 'failed')),
  reason TEXT,
  request TEXT CONSTRAINT fires_request_is_json CHECK (json_valid(request)),
  try_at INTEGER,
  tries INTEGER NOT NULL CONSTRAINT fires_tries_is_count CHECK (tries >= 0),
  run BLOB CONSTRAINT fires_run_is_uuid CHECK (length(run) = 16),
  run_number INTEGER,
  run_open INTEGER NOT NULL CONSTRAINT fires_run_open_is_flag CHECK (run_open IN (0, 1)),
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  CONSTRAINT fires_once_for_each_time UNIQUE (schedule, scheduled_for),
  CONSTRAINT fires_open_has_request CHECK ((outcome IN ('due', 'queued')) = (request IS NOT NULL)),
  CONSTRAINT fires_open_has_try CHECK ((outcome IN ('due', 'queued')) = (try_at IS NOT NULL)),
  CONSTRAINT fires_submitted_has_run CHECK ((outcome = 'submitted') = (run IS NOT NULL))
) STRICT;
CREATE INDEX fires_to_try ON fires (try_at) WHERE try_at IS NOT NULL;
CREATE INDEX fires_by_run ON fires (run) WHERE run_open = 1;
CREATE INDEX fires_by_age ON fires (created_at);

-- Calendars: times at which nothing is to start.
CREATE TABLE calendars (
  id BLOB NOT NULL PRIMARY KEY CONSTRAINT calendars_id_is_uuid CHECK (length(id) = 16),
  workspace BLOB NOT NULL CONSTRAINT calendars_workspace_is_uuid CHECK (length(workspace) = 16),
  name TEXT NOT NULL CONSTRAINT calendars_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  zone TEXT NOT NULL,
  windows TEXT NOT NULL CONSTRAINT calendars_windows_is_json CHECK (json_valid(windows)),
  version INTEGER NOT NULL CONSTRAINT calendars_version_is_positive CHECK (version > 0),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT calendars_name_is_unique UNIQUE (workspace, name)
) STRICT;

-- What services declared last, so that the same declaration never undoes what a person did since. version: of the
-- schedule as it was declared; 0 when a person had made one of that name before.
CREATE TABLE declarations (
  workspace BLOB NOT NULL CONSTRAINT declarations_workspace_is_uuid CHECK (length(workspace) = 16),
  name TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  version INTEGER NOT NULL CONSTRAINT declarations_version_is_not_negative CHECK (version >= 0),
  CONSTRAINT declarations_key PRIMARY KEY (workspace, name)
) STRICT;
