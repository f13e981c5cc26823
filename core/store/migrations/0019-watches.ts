/** Sources of runs that are kept live, and choices that outlive a start. Times are ms since 1970. */
export const watches = `
CREATE TABLE run_watch (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL UNIQUE,
  kind TEXT,                          -- NULL: it is recognised
  experiment TEXT,                    -- NULL: those that the source names
  created_at INTEGER NOT NULL,
  imported_at INTEGER,
  runs INTEGER NOT NULL DEFAULT 0,
  problem TEXT                        -- why the last import failed
) STRICT;

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL                 -- JSON
) STRICT, WITHOUT ROWID;
`
