/** What really stands on pictures, and how well engines and recipes read it. */
export const pageComparisons = `
-- Append only: the newest row of a picture counts; a NULL text takes the truth back.
CREATE TABLE page_truth (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,                 -- of the picture: what is read again has the same truth
  text TEXT,
  source TEXT NOT NULL,
  origin TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX page_truth_by_picture ON page_truth(hash, id);

CREATE TABLE page_comparison (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  job_id TEXT,
  pages TEXT NOT NULL,                -- JSON: the pages with their truth as it was
  ways TEXT NOT NULL,                 -- JSON: reading options, each with its run
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE compared_reading (
  comparison_id INTEGER NOT NULL REFERENCES page_comparison(id) ON DELETE CASCADE,
  way INTEGER NOT NULL,
  page INTEGER NOT NULL,
  text TEXT NOT NULL,
  error TEXT,
  duration_ms REAL NOT NULL,
  character_edits INTEGER NOT NULL,
  character_length INTEGER NOT NULL,
  word_edits INTEGER NOT NULL,
  word_length INTEGER NOT NULL,
  PRIMARY KEY (comparison_id, way, page)
) STRICT, WITHOUT ROWID;
`
