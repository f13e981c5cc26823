/** Folders whose new pictures are read by themselves, and the files that were there or were taken. */
export const pageWatches = `
CREATE TABLE page_watch (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL UNIQUE,
  recursive INTEGER NOT NULL,
  options TEXT NOT NULL,              -- JSON of readingOptions
  created_at INTEGER NOT NULL,
  looked_at INTEGER,                  -- NULL: what is there has not been noted yet
  existing INTEGER NOT NULL,          -- whether what is there at first is read too
  taken_at INTEGER,
  files INTEGER NOT NULL DEFAULT 0,
  problem TEXT
) STRICT;

CREATE TABLE watched_file (
  watch_id INTEGER NOT NULL REFERENCES page_watch(id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  stamp TEXT NOT NULL,                -- its size and time: another one is another picture
  PRIMARY KEY (watch_id, path)
) STRICT, WITHOUT ROWID;
`
