/** Maps of a version, what models say of its samples, and kept selections: all go with the version. */
export const mapsAndPredictions = `
CREATE TABLE dataset_map (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  version_id INTEGER NOT NULL REFERENCES dataset_version(id) ON DELETE CASCADE,
  source TEXT NOT NULL,               -- JSON of mapSource
  title TEXT NOT NULL,
  seed INTEGER NOT NULL,
  neighbours INTEGER NOT NULL,
  laid_out INTEGER NOT NULL,
  seconds REAL NOT NULL,
  created_at INTEGER NOT NULL,
  coordinates BLOB NOT NULL           -- two float32 a sample, by ordinal
) STRICT;
CREATE INDEX dataset_map_by_version ON dataset_map(version_id);

CREATE TABLE dataset_prediction (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  version_id INTEGER NOT NULL REFERENCES dataset_version(id) ON DELETE CASCADE,
  source TEXT NOT NULL,               -- JSON of modelSource
  title TEXT NOT NULL,
  digest TEXT NOT NULL,
  labels TEXT NOT NULL,
  counts TEXT NOT NULL,               -- JSON: right, wrong, confidentWrong, seen
  created_at INTEGER NOT NULL,
  classes BLOB NOT NULL,              -- uint16 a sample: place in labels
  confidences BLOB NOT NULL,          -- float32 a sample
  outcomes BLOB NOT NULL              -- uint8 a sample: 0 no class, 1 right, 2 wrong, 3 confidently wrong, +4 seen in training
) STRICT;
CREATE INDEX dataset_prediction_by_version ON dataset_prediction(version_id);

CREATE TABLE dataset_selection (
  version_id INTEGER NOT NULL REFERENCES dataset_version(id) ON DELETE CASCADE,
  uid TEXT NOT NULL,                  -- begins the sha256 of the ordinals
  used_at INTEGER NOT NULL,
  ordinals BLOB NOT NULL,             -- uint32, ascending
  PRIMARY KEY (version_id, uid)
) STRICT, WITHOUT ROWID;
`
