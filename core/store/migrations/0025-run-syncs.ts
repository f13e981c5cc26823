/** MLflow servers that get the runs, and what each of them has. Times are ms since 1970. */
export const runSyncs = `
CREATE TABLE run_sync (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  experiment TEXT NOT NULL DEFAULT '', -- '': all
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  problem TEXT,                        -- why the last attempt failed
  UNIQUE (url, experiment)
) STRICT;

CREATE TABLE run_sync_sent (
  sync_id INTEGER NOT NULL REFERENCES run_sync(id) ON DELETE CASCADE,
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  print TEXT NOT NULL,                 -- of the run as it was sent
  PRIMARY KEY (sync_id, run_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_sync_sent_by_run ON run_sync_sent(run_id);
`
