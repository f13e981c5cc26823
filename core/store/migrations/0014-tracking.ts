/**
 * Runs that anyone may log. The experiment "Default" gets the id 0, as MLflow's clients expect it. Times are ms since
 * 1970.
 */
export const tracking = `
ALTER TABLE experiment ADD COLUMN lifecycle TEXT NOT NULL DEFAULT 'active';
ALTER TABLE experiment ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE experiment ADD COLUMN artifact_location TEXT;   -- NULL: artifacts lie in the data folder
UPDATE experiment SET updated_at = created_at;

INSERT INTO experiment (id, name, created_at, updated_at)
  SELECT 0, char(1), coalesce(min(created_at), unixepoch() * 1000), coalesce(min(created_at), unixepoch() * 1000)
  FROM experiment WHERE name = 'Default';
UPDATE run SET experiment_id = 0 WHERE experiment_id = (SELECT id FROM experiment WHERE name = 'Default');
DELETE FROM experiment WHERE name = 'Default';
UPDATE experiment SET name = 'Default' WHERE id = 0;

CREATE TABLE experiment_tag (
  experiment_id INTEGER NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (experiment_id, key)
) STRICT, WITHOUT ROWID;

ALTER TABLE run ADD COLUMN user TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN deleted_at INTEGER;
ALTER TABLE run ADD COLUMN heartbeat_at INTEGER;      -- the last sign of life of whoever logs from outside
ALTER TABLE run ADD COLUMN heartbeat_every INTEGER;   -- ms; NULL: no sign was promised
ALTER TABLE run ADD COLUMN environment TEXT;          -- JSON
CREATE INDEX run_by_start ON run(lifecycle, start_time);
CREATE INDEX run_by_parent ON run(parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX run_by_status ON run(status) WHERE status IN ('RUNNING', 'SCHEDULED');

CREATE INDEX param_by_key ON param(key);
CREATE INDEX tag_by_key ON tag(key);
CREATE INDEX artifact_by_blob ON artifact(blob_id);

ALTER TABLE latest_metric ADD COLUMN timestamp INTEGER NOT NULL DEFAULT 0;
UPDATE latest_metric SET timestamp = coalesce((
  SELECT m.timestamp FROM metric m
  WHERE m.run_id = latest_metric.run_id AND m.key_id = latest_metric.key_id AND m.step = latest_metric.step
  ORDER BY m.sequence DESC LIMIT 1), 0);

-- A long series, thinned once. It counts while the run has \`count\` points of that key.
CREATE TABLE series_overview (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES metric_key(id),
  count INTEGER NOT NULL,
  points BLOB NOT NULL,               -- Float64: all steps, then all values, then all timestamps
  PRIMARY KEY (run_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE logged_dataset (
  id INTEGER PRIMARY KEY,
  experiment_id INTEGER NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source TEXT NOT NULL,
  schema TEXT,
  profile TEXT,
  UNIQUE (experiment_id, name, digest)
) STRICT;

CREATE TABLE run_input (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  dataset_id INTEGER NOT NULL REFERENCES logged_dataset(id) ON DELETE CASCADE,
  tags TEXT NOT NULL,                 -- JSON
  PRIMARY KEY (run_id, dataset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_input_by_dataset ON run_input(dataset_id);

CREATE TABLE logged_model (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  experiment_id INTEGER NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  model_type TEXT,
  source_run_uid TEXT,
  status TEXT NOT NULL,
  status_message TEXT,
  lifecycle TEXT NOT NULL DEFAULT 'active',
  params TEXT NOT NULL,               -- JSON
  tags TEXT NOT NULL,                 -- JSON
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX logged_model_by_experiment ON logged_model(experiment_id, lifecycle);
CREATE INDEX logged_model_by_run ON logged_model(source_run_uid);

CREATE TABLE logged_model_metric (
  model_id INTEGER NOT NULL REFERENCES logged_model(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  run_uid TEXT NOT NULL,
  dataset_name TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  step INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  value REAL,                         -- NULL is NaN
  PRIMARY KEY (model_id, key, run_uid, dataset_name, dataset_digest, step, timestamp)
) STRICT, WITHOUT ROWID;

CREATE TABLE logged_model_artifact (
  model_id INTEGER NOT NULL REFERENCES logged_model(id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  blob_id INTEGER NOT NULL REFERENCES blob(id),
  PRIMARY KEY (model_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX logged_model_artifact_by_blob ON logged_model_artifact(blob_id);

-- Which logged models a run read (direction 'input') or made ('output').
CREATE TABLE run_model (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  direction TEXT NOT NULL,
  model_uid TEXT NOT NULL,
  step INTEGER NOT NULL,
  PRIMARY KEY (run_id, direction, model_uid, step)
) STRICT, WITHOUT ROWID;

-- Versions whose model is a folder of artifacts that an MLflow client wrote; numbers are shared with model_version.
CREATE TABLE mlflow_version (
  model_id INTEGER NOT NULL REFERENCES registered_model(id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  source TEXT NOT NULL,
  run_uid TEXT,
  run_link TEXT,
  logged_model_uid TEXT,
  user TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  PRIMARY KEY (model_id, version)
) STRICT, WITHOUT ROWID;

-- What MLflow's clients keep of a registered model (version 0) and of each version, of either kind.
CREATE TABLE registry_fact (
  model_id INTEGER NOT NULL REFERENCES registered_model(id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  description TEXT,
  stage TEXT,
  tags TEXT NOT NULL DEFAULT '{}',    -- JSON
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (model_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE mlflow_alias (
  model_id INTEGER NOT NULL,
  alias TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (model_id, alias),
  FOREIGN KEY (model_id, version) REFERENCES mlflow_version(model_id, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
`
