/** Versions whose samples are rows of a table. */
export const tables = `
ALTER TABLE dataset_version ADD COLUMN table_facts TEXT;  -- JSON of tableFacts; NULL: pictures

-- Beside the version: lists of versions do not read it.
CREATE TABLE version_columns (
  version_id INTEGER PRIMARY KEY REFERENCES dataset_version(id) ON DELETE CASCADE,
  columns TEXT NOT NULL   -- JSON of tableColumn[], in the order of the rows' fields
) STRICT;
`
