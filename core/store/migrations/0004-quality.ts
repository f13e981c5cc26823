/** What checks found in a version, and the rules of a dataset. Findings being written are not ready, and are removed on start. */
export const quality = `
CREATE TABLE picture_measure (
  blob_id INTEGER PRIMARY KEY REFERENCES blob(id) ON DELETE CASCADE,
  brightness REAL NOT NULL,
  contrast REAL NOT NULL,
  low INTEGER NOT NULL,
  high INTEGER NOT NULL,
  mode TEXT NOT NULL,
  dct_a INTEGER NOT NULL, dct_b INTEGER NOT NULL,           -- perceptual hashes, 32 bits each
  gradient_a INTEGER NOT NULL, gradient_b INTEGER NOT NULL
) STRICT;

CREATE TABLE quality_check (
  version_id INTEGER PRIMARY KEY REFERENCES dataset_version(id) ON DELETE CASCADE,
  checked_at INTEGER,
  facts TEXT,                  -- JSON of qualityFacts
  label_errors_at INTEGER
) STRICT;

-- AUTOINCREMENT: the id of a finding that was replaced never comes back, so that lists kept by it stay right.
CREATE TABLE finding (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version_id INTEGER NOT NULL REFERENCES dataset_version(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  severity TEXT NOT NULL,
  title TEXT NOT NULL,
  detail TEXT NOT NULL,
  group_count INTEGER NOT NULL,
  sample_count INTEGER NOT NULL,
  ready INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX finding_by_version ON finding(version_id, kind);

CREATE TABLE finding_member (
  finding_id INTEGER NOT NULL REFERENCES finding(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,   -- in the finding's order
  ordinal INTEGER NOT NULL,
  group_number INTEGER,
  reason TEXT NOT NULL,
  suggestion TEXT,
  PRIMARY KEY (finding_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset_rules (
  dataset_id TEXT PRIMARY KEY REFERENCES dataset(id) ON DELETE CASCADE,
  rules TEXT NOT NULL          -- JSON of qualityRule[]
) STRICT;
`
