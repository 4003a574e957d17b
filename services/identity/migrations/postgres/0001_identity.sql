-- Numbers given out to people: clients that need integer ids read them.
CREATE TABLE counters (
  name text NOT NULL PRIMARY KEY,
  value bigint NOT NULL CONSTRAINT counters_value_grows CHECK (value >= 0)
);
INSERT INTO counters (name, value) VALUES ('users', 0);

-- Roles that a workspace added to the built-in ones.
CREATE TABLE roles (
  workspace uuid NOT NULL,
  name text NOT NULL CONSTRAINT roles_name_is_custom CHECK (name NOT IN ('admin', 'operator', 'user', 'viewer') AND length(name) BETWEEN 1 AND 32),
  description text NOT NULL CONSTRAINT roles_description_is_short CHECK (length(description) <= 400),
  grants text NOT NULL CONSTRAINT roles_grants_are_json CHECK (grants::json IS NOT NULL),
  version bigint NOT NULL CONSTRAINT roles_version_is_positive CHECK (version > 0),
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (workspace, name)
);

-- People. email_key is the address with its case folded: one account per address in the whole installation.
CREATE TABLE users (
  id uuid NOT NULL PRIMARY KEY,
  number bigint NOT NULL CONSTRAINT users_number_is_unique UNIQUE CONSTRAINT users_number_is_positive CHECK (number > 0),
  workspace uuid NOT NULL,
  email text NOT NULL CONSTRAINT users_email_is_short CHECK (length(email) BETWEEN 3 AND 254),
  email_key text NOT NULL CONSTRAINT users_email_is_unique UNIQUE,
  display_name text NOT NULL CONSTRAINT users_display_name_is_short CHECK (length(display_name) BETWEEN 1 AND 200),
  password_hash text NOT NULL,
  role text NOT NULL,
  extra_grants text NOT NULL CONSTRAINT users_extra_grants_are_json CHECK (extra_grants::json IS NOT NULL),
  disabled_at bigint,
  version bigint NOT NULL CONSTRAINT users_version_is_positive CHECK (version > 0),
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL
);
CREATE INDEX users_by_workspace ON users (workspace, number);
CREATE INDEX users_by_role ON users (workspace, role);

-- Devices on which a person signed in before: attacks on the account from elsewhere do not delay them.
CREATE TABLE devices (
  id uuid NOT NULL PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  secret_hash bytea NOT NULL CONSTRAINT devices_secret_hash_is_sha256 CHECK (length(secret_hash) = 32),
  created_at bigint NOT NULL,
  last_used_at bigint NOT NULL
);
CREATE INDEX devices_by_user ON devices (user_id);
CREATE INDEX devices_by_age ON devices (last_used_at);

-- Signed-in devices. family_hash tells a token that was once issued for the session from a guess;
-- refresh_hash is the only one that may be exchanged now.
CREATE TABLE sessions (
  id uuid NOT NULL PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  device_id uuid REFERENCES devices (id) ON DELETE SET NULL,
  family_hash bytea NOT NULL CONSTRAINT sessions_family_hash_is_sha256 CHECK (length(family_hash) = 32),
  refresh_hash bytea NOT NULL CONSTRAINT sessions_refresh_hash_is_sha256 CHECK (length(refresh_hash) = 32),
  rotation bigint NOT NULL CONSTRAINT sessions_rotation_counts CHECK (rotation >= 0),
  label text CONSTRAINT sessions_label_is_short CHECK (length(label) <= 200),
  address text CONSTRAINT sessions_address_is_short CHECK (length(address) <= 45),
  created_at bigint NOT NULL,
  last_used_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  ended_at bigint,
  end_reason text CONSTRAINT sessions_end_reason_is_known CHECK (end_reason IN ('signed_out', 'removed', 'reused', 'password_changed', 'disabled')),
  CONSTRAINT sessions_end_has_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_device ON sessions (device_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE api_keys (
  id uuid NOT NULL PRIMARY KEY,
  workspace uuid NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  prefix text NOT NULL CONSTRAINT api_keys_prefix_is_unique UNIQUE CONSTRAINT api_keys_prefix_has_eight CHECK (length(prefix) = 8),
  secret_hash bytea NOT NULL CONSTRAINT api_keys_secret_hash_is_sha256 CHECK (length(secret_hash) = 32),
  name text NOT NULL CONSTRAINT api_keys_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  grants text NOT NULL CONSTRAINT api_keys_grants_are_json CHECK (grants::json IS NOT NULL),
  kinds text NOT NULL CONSTRAINT api_keys_kinds_are_json CHECK (kinds::json IS NOT NULL),
  queues text NOT NULL CONSTRAINT api_keys_queues_are_json CHECK (queues::json IS NOT NULL),
  created_at bigint NOT NULL,
  expires_at bigint,
  last_used_at bigint,
  revoked_at bigint
);
CREATE INDEX api_keys_by_user ON api_keys (user_id, id);
CREATE INDEX api_keys_by_workspace ON api_keys (workspace, id);

-- Failed sign-ins, counted per account, per network, and for the two together.
CREATE TABLE login_throttles (
  subject text NOT NULL PRIMARY KEY,
  failures bigint NOT NULL CONSTRAINT login_throttles_failures_count CHECK (failures >= 0),
  last_failure_at bigint NOT NULL,
  blocked_until bigint NOT NULL
);
CREATE INDEX login_throttles_by_age ON login_throttles (last_failure_at);

-- The one-time token that makes the first administrator.
CREATE TABLE setup (
  id bigint NOT NULL PRIMARY KEY CONSTRAINT setup_is_one_row CHECK (id = 1),
  token_hash bytea NOT NULL CONSTRAINT setup_token_hash_is_sha256 CHECK (length(token_hash) = 32),
  created_at bigint NOT NULL,
  used_at bigint
);
