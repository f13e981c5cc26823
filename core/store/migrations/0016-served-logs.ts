/** Prediction logs of services, brought home, with the pictures that they kept. */
export const servedLogs = `
CREATE TABLE served_log (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE served_profile (
  log_id INTEGER NOT NULL REFERENCES served_log(id) ON DELETE CASCADE,
  version TEXT NOT NULL,
  profile TEXT NOT NULL,              -- JSON of TrainingProfile
  PRIMARY KEY (log_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE served_prediction (
  id INTEGER PRIMARY KEY,
  log_id INTEGER NOT NULL REFERENCES served_log(id) ON DELETE CASCADE,
  uid TEXT NOT NULL,                  -- the line's own id
  at INTEGER NOT NULL,                -- ms since 1970
  model TEXT NOT NULL,
  version TEXT NOT NULL,
  outcome TEXT NOT NULL,
  label TEXT,
  confidence REAL,
  latency_ms REAL NOT NULL,
  width REAL,
  height REAL,
  brightness REAL,
  contrast REAL,
  input_hash TEXT,
  probabilities TEXT NOT NULL,        -- JSON
  UNIQUE (log_id, uid)
) STRICT;
CREATE INDEX served_prediction_by_time ON served_prediction(log_id, at, id);
CREATE INDEX served_prediction_by_input ON served_prediction(log_id, input_hash, confidence);

CREATE TABLE served_input (
  log_id INTEGER NOT NULL REFERENCES served_log(id) ON DELETE CASCADE,
  blob_id INTEGER NOT NULL REFERENCES blob(id),
  PRIMARY KEY (log_id, blob_id)
) STRICT, WITHOUT ROWID;
`
