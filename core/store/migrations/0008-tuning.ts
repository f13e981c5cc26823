/** Searches for options: what was asked for, and each trial. The trials' objectives are metrics of their runs. */
export const tuning = `
CREATE TABLE study (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  job_id TEXT NOT NULL,
  run_uid TEXT NOT NULL,
  plan TEXT NOT NULL,                 -- JSON: all that the trials follow from
  paused INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE trial (
  study_id TEXT NOT NULL REFERENCES study(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  parameters TEXT NOT NULL,           -- JSON
  run_uid TEXT NOT NULL,
  status TEXT NOT NULL,
  value REAL,
  epochs INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (study_id, number)
) STRICT, WITHOUT ROWID;
`
