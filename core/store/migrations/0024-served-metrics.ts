/** The metrics of services, brought home beside their prediction logs. Times are ms since 1970. */
export const servedMetrics = `
CREATE TABLE served_series (
  id INTEGER PRIMARY KEY,
  log_id INTEGER NOT NULL REFERENCES served_log(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  labels TEXT NOT NULL,               -- JSON
  UNIQUE (log_id, name, labels)
) STRICT;

CREATE TABLE served_reading (
  series_id INTEGER NOT NULL REFERENCES served_series(id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (series_id, at)
) STRICT, WITHOUT ROWID;
`
