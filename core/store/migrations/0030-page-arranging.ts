/**
 * Pages are turned, cropped, put in order within their document and taken out. The picture on view (`blob_id`) is then
 * made of the original, which stays. Regions are drawn by hand; tables are the cells that were found in a reading.
 */
export const pageArranging = `
ALTER TABLE page ADD COLUMN original_blob_id INTEGER REFERENCES blob(id);  -- NULL: the picture on view is the original
ALTER TABLE page ADD COLUMN arrangement TEXT;                               -- JSON; NULL: as the original
ALTER TABLE page ADD COLUMN regions TEXT NOT NULL DEFAULT '[]';             -- JSON, in their order
ALTER TABLE page ADD COLUMN tables TEXT NOT NULL DEFAULT '[]';              -- JSON
ALTER TABLE page ADD COLUMN document_id INTEGER;                            -- the first page of its document
ALTER TABLE page ADD COLUMN place REAL NOT NULL DEFAULT 0;                  -- within the document
ALTER TABLE page ADD COLUMN removed_at INTEGER;
UPDATE page SET document_id = id;
CREATE INDEX page_in_order ON page(document_id DESC, place, id);
CREATE INDEX page_by_original ON page(original_blob_id) WHERE original_blob_id IS NOT NULL;
`
