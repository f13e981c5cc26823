/** Words are joined, split and moved: what stood before stays, out of sight, so that every change is taken back. */
export const wordEdits = `
ALTER TABLE word ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE word ADD COLUMN rank REAL;          -- its place in the reading order; NULL: its position

CREATE TABLE word_change (
  id INTEGER PRIMARY KEY,
  page_id INTEGER NOT NULL REFERENCES page(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  change TEXT NOT NULL,               -- JSON: words removed and added by position, corrections before and after
  state TEXT NOT NULL,                -- done | undone | dropped (undone, and then something else was done)
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX word_change_by_page ON word_change(page_id, state, id);
`
