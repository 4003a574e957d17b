-- Schedules. The definition is what somebody decided, as JSON; actor and grants are those of who saved it last. The
-- next time is before jitter, due_at with it; both are absent when the schedule is paused or has ended.
CREATE TABLE schedules (
  id uuid NOT NULL PRIMARY KEY,
  workspace uuid NOT NULL,
  owner uuid,
  name text COLLATE "C" NOT NULL CONSTRAINT schedules_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  definition text NOT NULL,
  actor text NOT NULL,
  grants text NOT NULL,
  fired bigint NOT NULL CONSTRAINT schedules_fired_is_count CHECK (fired >= 0),
  next_at bigint,
  due_at bigint,
  paused_at bigint,
  version bigint NOT NULL CONSTRAINT schedules_version_is_positive CHECK (version > 0),
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  CONSTRAINT schedules_name_is_unique UNIQUE (workspace, name),
  CONSTRAINT schedules_due_has_next CHECK ((due_at IS NULL) = (next_at IS NULL)),
  CONSTRAINT schedules_paused_has_no_next CHECK (paused_at IS NULL OR next_at IS NULL)
);
CREATE INDEX schedules_due ON schedules (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX schedules_by_owner ON schedules (workspace, owner, name);

-- What became of each time of a schedule. `request` is what is to be submitted, for whom; it stays until that is done.
CREATE TABLE fires (
  id uuid NOT NULL PRIMARY KEY,
  schedule uuid NOT NULL,
  workspace uuid NOT NULL,
  scheduled_for bigint NOT NULL,
  source text NOT NULL CONSTRAINT fires_source CHECK (source IN ('scheduler', 'manual')),
  outcome text NOT NULL CONSTRAINT fires_outcome CHECK (outcome IN ('due', 'queued', 'submitted', 'skipped', 'failed')),
  reason text,
  request text,
  try_at bigint,
  tries bigint NOT NULL CONSTRAINT fires_tries_is_count CHECK (tries >= 0),
  run uuid,
  run_number bigint,
  run_open bigint NOT NULL CONSTRAINT fires_run_open_is_flag CHECK (run_open IN (0, 1)),
  created_at bigint NOT NULL,
  settled_at bigint,
  CONSTRAINT fires_once_for_each_time UNIQUE (schedule, scheduled_for),
  CONSTRAINT fires_open_has_request CHECK ((outcome IN ('due', 'queued')) = (request IS NOT NULL)),
  CONSTRAINT fires_open_has_try CHECK ((outcome IN ('due', 'queued')) = (try_at IS NOT NULL)),
  CONSTRAINT fires_submitted_has_run CHECK ((outcome = 'submitted') = (run IS NOT NULL))
);
CREATE INDEX fires_to_try ON fires (try_at) WHERE try_at IS NOT NULL;
CREATE INDEX fires_by_run ON fires (run) WHERE run_open = 1;
CREATE INDEX fires_by_age ON fires (created_at);

-- Calendars: times at which nothing is to start.
CREATE TABLE calendars (
  id uuid NOT NULL PRIMARY KEY,
  workspace uuid NOT NULL,
  name text COLLATE "C" NOT NULL CONSTRAINT calendars_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  zone text NOT NULL,
  windows text NOT NULL,
  version bigint NOT NULL CONSTRAINT calendars_version_is_positive CHECK (version > 0),
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  CONSTRAINT calendars_name_is_unique UNIQUE (workspace, name)
);

-- What services declared last, so that the same declaration never undoes what a person did since. version: of the
-- schedule as it was declared; 0 when a person had made one of that name before.
CREATE TABLE declarations (
  workspace uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  fingerprint text NOT NULL,
  version bigint NOT NULL CONSTRAINT declarations_version_is_not_negative CHECK (version >= 0),
  CONSTRAINT declarations_key PRIMARY KEY (workspace, name)
);
