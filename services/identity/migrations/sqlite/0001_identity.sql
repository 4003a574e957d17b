-- Numbers given out to people: clients that need integer ids read them.
CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL CONSTRAINT counters_value_grows CHECK (value >= 0)
) STRICT;
INSERT INTO counters (name, value) VALUES ('users', 0);

-- Roles that a workspace added to the built-in ones.
CREATE TABLE roles (
  workspace BLOB NOT NULL CONSTRAINT roles_workspace_is_uuid CHECK (length(workspace) = 16),
  name TEXT NOT NULL CONSTRAINT roles_name_is_custom CHECK (name NOT IN ('admin', 'operator', 'user', 'viewer') AND length(name) BETWEEN 1 AND 32),
  description TEXT NOT NULL CONSTRAINT roles_description_is_short CHECK (length(description) <= 400),
  grants TEXT NOT NULL CONSTRAINT roles_grants_are_json CHECK (json_valid(grants)),
  version INTEGER NOT NULL CONSTRAINT roles_version_is_positive CHECK (version > 0),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, name)
) STRICT;

-- People. email_key is the address with its case folded: one account per address in the whole installation.
CREATE TABLE users (
  id BLOB NOT NULL PRIMARY KEY CONSTRAINT users_id_is_uuid CHECK (length(id) = 16),
  number INTEGER NOT NULL CONSTRAINT users_number_is_unique UNIQUE CONSTRAINT users_number_is_positive CHECK (number > 0),
  workspace BLOB NOT NULL CONSTRAINT users_workspace_is_uuid CHECK (length(workspace) = 16),
  email TEXT NOT NULL CONSTRAINT users_email_is_short CHECK (length(email) BETWEEN 3 AND 254),
  email_key TEXT NOT NULL CONSTRAINT users_email_is_unique UNIQUE,
  display_name TEXT NOT NULL CONSTRAINT users_display_name_is_short CHECK (length(display_name) BETWEEN 1 AND 200),
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  extra_grants TEXT NOT NULL CONSTRAINT users_extra_grants_are_json CHECK (json_valid(extra_grants)),
  disabled_at INTEGER,
  version INTEGER NOT NULL CONSTRAINT users_version_is_positive CHECK (version > 0),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_workspace ON users (workspace, number);
CREATE INDEX users_by_role ON users (workspace, role);

-- Devices on which a person signed in before: attacks on the account from elsewhere do not delay them.
CREATE TABLE devices (
  id BLOB NOT NULL PRIMARY KEY CONSTRAINT devices_id_is_uuid CHECK (length(id) = 16),
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  secret_hash BLOB NOT NULL CONSTRAINT devices_secret_hash_is_sha256 CHECK (length(secret_hash) = 32),
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX devices_by_user ON devices (user_id);
CREATE INDEX devices_by_age ON devices (last_used_at);

-- Signed-in devices. family_hash tells a token that was once issued for the session from a guess;
-- refresh_hash is the only one that may be exchanged now.
CREATE TABLE sessions (
  id BLOB NOT NULL PRIMARY KEY CONSTRAINT sessions_id_is_uuid CHECK (length(id) = 16),
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  device_id BLOB REFERENCES devices (id) ON DELETE SET NULL,
  family_hash BLOB NOT NULL CONSTRAINT sessions_family_hash_is_sha256 CHECK (length(family_hash) = 32),
  refresh_hash BLOB NOT NULL CONSTRAINT sessions_refresh_hash_is_sha256 CHECK (length(refresh_hash) = 32),
  rotation INTEGER NOT NULL CONSTRAINT sessions_rotation_counts CHECK (rotation >= 0),
  label TEXT CONSTRAINT sessions_label_is_short CHECK (length(label) <= 200),
  address TEXT CONSTRAINT sessions_address_is_short CHECK (length(address) <= 45),
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  end_reason TEXT CONSTRAINT sessions_end_reason_is_known CHECK (end_reason IN ('signed_out', 'removed', 'reused', 'password_changed', 'disabled')),
  CONSTRAINT sessions_end_has_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_device ON sessions (device_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE api_keys (
  id BLOB NOT NULL PRIMARY KEY CONSTRAINT api_keys_id_is_uuid CHECK (length(id) = 16),
  workspace BLOB NOT NULL CONSTRAINT api_keys_workspace_is_uuid CHECK (length(workspace) = 16),
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  prefix TEXT NOT NULL CONSTRAINT api_keys_prefix_is_unique UNIQUE CONSTRAINT api_keys_prefix_has_eight CHECK (length(prefix) = 8),
  secret_hash BLOB NOT NULL CONSTRAINT api_keys_secret_hash_is_sha256 CHECK (length(secret_hash) = 32),
  name TEXT NOT NULL CONSTRAINT api_keys_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  grants TEXT NOT NULL CONSTRAINT api_keys_grants_are_json CHECK (json_valid(grants)),
  kinds TEXT NOT NULL CONSTRAINT api_keys_kinds_are_json CHECK (json_valid(kinds)),
  queues TEXT NOT NULL CONSTRAINT api_keys_queues_are_json CHECK (json_valid(queues)),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_user ON api_keys (user_id, id);
CREATE INDEX api_keys_by_workspace ON api_keys (workspace, id);

-- Failed sign-ins, counted per account, per network, and for the two together.
CREATE TABLE login_throttles (
  subject TEXT NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL CONSTRAINT login_throttles_failures_count CHECK (failures >= 0),
  last_failure_at INTEGER NOT NULL,
  blocked_until INTEGER NOT NULL
) STRICT;
CREATE INDEX login_throttles_by_age ON login_throttles (last_failure_at);

-- The one-time token that makes the first administrator.
CREATE TABLE setup (
  id INTEGER NOT NULL PRIMARY KEY CONSTRAINT setup_is_one_row CHECK (id = 1),
  token_hash BLOB NOT NULL CONSTRAINT setup_token_hash_is_sha256 CHECK (length(token_hash) = 32),
  created_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
