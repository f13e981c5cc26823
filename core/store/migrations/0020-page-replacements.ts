/** Find and replace over pages: the corrections that one made belong to it, so that it is taken back as one. */
export const pageReplacements = `
CREATE TABLE page_replacement (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  wanted TEXT NOT NULL,               -- JSON of a textReplacement
  places INTEGER NOT NULL,
  pages INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  undone_at INTEGER
) STRICT;

ALTER TABLE correction ADD COLUMN replacement_id INTEGER REFERENCES page_replacement(id);
CREATE INDEX correction_by_replacement ON correction(replacement_id) WHERE replacement_id IS NOT NULL;
`
