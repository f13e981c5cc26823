/** Edits of a version that have not made a new one yet. */
export const edits = `
CREATE TABLE edit (
  version_id INTEGER NOT NULL REFERENCES dataset_version(id) ON DELETE CASCADE,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,              -- JSON of a sampleEdit
  undone INTEGER NOT NULL DEFAULT 0,  -- 1: taken back, and can be done again
  PRIMARY KEY (version_id, sequence)
) STRICT;
`
