/** Times are ms since 1970; hashes are sha256 in hex; JSON columns hold contract entities. */
export const initial = `
CREATE TABLE blob (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  bytes INTEGER NOT NULL,
  pack TEXT,               -- NULL: a file of its own
  offset INTEGER           -- of the content within the pack
) STRICT;
CREATE INDEX blob_by_pack ON blob(pack) WHERE pack IS NOT NULL;

CREATE TABLE dataset (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE dataset_version (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  dataset_id TEXT NOT NULL REFERENCES dataset(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  ready INTEGER NOT NULL DEFAULT 0,   -- 0 while its samples are being written; such a version is removed on start
  digest TEXT,
  sample_count INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  labels TEXT,
  importer TEXT NOT NULL,
  location TEXT NOT NULL,
  report TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (dataset_id, number)
) STRICT;

CREATE TABLE sample (
  version_id INTEGER NOT NULL REFERENCES dataset_version(id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  path TEXT NOT NULL,
  blob_id INTEGER NOT NULL REFERENCES blob(id),
  label INTEGER NOT NULL,             -- index into dataset_version.labels
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  PRIMARY KEY (version_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX sample_by_label ON sample(version_id, label, ordinal);
CREATE INDEX sample_by_blob ON sample(blob_id);

CREATE TABLE split (
  id INTEGER PRIMARY KEY,
  version_id INTEGER NOT NULL REFERENCES dataset_version(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  seed INTEGER NOT NULL,
  fractions TEXT NOT NULL,
  counts TEXT NOT NULL,
  UNIQUE (version_id, name)
) STRICT;

CREATE TABLE split_member (
  split_id INTEGER NOT NULL REFERENCES split(id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  subset TEXT NOT NULL,
  PRIMARY KEY (split_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE page (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  blob_id INTEGER REFERENCES blob(id),
  width INTEGER,
  height INTEGER,
  engine TEXT,
  language TEXT,
  read_text TEXT NOT NULL DEFAULT '',
  confidence REAL,
  warnings TEXT NOT NULL DEFAULT '[]',
  error TEXT,
  duration_ms REAL,
  job_id TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX page_by_blob ON page(blob_id);

CREATE TABLE word (
  page_id INTEGER NOT NULL REFERENCES page(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  confidence REAL NOT NULL,
  x0 REAL NOT NULL, y0 REAL NOT NULL, x1 REAL NOT NULL, y1 REAL NOT NULL,
  line INTEGER NOT NULL,
  block INTEGER NOT NULL,
  PRIMARY KEY (page_id, position)
) STRICT, WITHOUT ROWID;

-- Append only: the newest row of a word counts; a NULL text takes the correction back.
CREATE TABLE correction (
  id INTEGER PRIMARY KEY,
  page_id INTEGER NOT NULL REFERENCES page(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  text TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX correction_by_page ON correction(page_id, position, id);

CREATE TABLE experiment (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  experiment_id INTEGER NOT NULL REFERENCES experiment(id),
  parent_id INTEGER REFERENCES run(id),
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  lifecycle TEXT NOT NULL DEFAULT 'active',
  start_time INTEGER,
  end_time INTEGER,
  dataset_version_uid TEXT,
  dataset_label TEXT,
  job_id TEXT,
  model TEXT                          -- JSON of the manifest, once the run has a model
) STRICT;
CREATE INDEX run_by_experiment ON run(experiment_id, lifecycle);

CREATE TABLE param (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE metric_key (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- sequence tells equal steps apart; a NULL value is NaN (SQLite has none), the infinities are themselves.
CREATE TABLE metric (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES metric_key(id),
  step INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  value REAL,
  timestamp INTEGER NOT NULL,
  PRIMARY KEY (run_id, key_id, step, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE latest_metric (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES metric_key(id),
  value REAL,
  step INTEGER NOT NULL,
  minimum REAL,
  maximum REAL,
  count INTEGER NOT NULL,
  PRIMARY KEY (run_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE artifact (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  blob_id INTEGER NOT NULL REFERENCES blob(id),
  PRIMARY KEY (run_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE registered_model (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  last_version INTEGER NOT NULL DEFAULT 0   -- versions are never reused
) STRICT;

CREATE TABLE model_version (
  model_id INTEGER NOT NULL REFERENCES registered_model(id),
  version INTEGER NOT NULL,
  run_uid TEXT NOT NULL,
  run_name TEXT NOT NULL,
  dataset_version_uid TEXT,
  dataset_label TEXT,
  manifest TEXT NOT NULL,
  digest TEXT NOT NULL,
  metrics TEXT NOT NULL,
  damage TEXT,                              -- what is wrong with it, once a check has failed
  created_at INTEGER NOT NULL,
  PRIMARY KEY (model_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE alias (
  model_id INTEGER NOT NULL REFERENCES registered_model(id),
  alias TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (model_id, alias),
  FOREIGN KEY (model_id, version) REFERENCES model_version(model_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE job (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  input TEXT NOT NULL,
  status TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  progress TEXT NOT NULL,
  error TEXT,
  result TEXT,
  run_uid TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER
) STRICT;
CREATE INDEX job_by_status ON job(status);

CREATE TABLE job_log (
  id INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  line TEXT NOT NULL
) STRICT;
CREATE INDEX job_log_by_job ON job_log(job_id, id);

CREATE TABLE audit_event (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
`
