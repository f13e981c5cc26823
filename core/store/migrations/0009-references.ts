/** Blobs whose content stays in its owner's file. */
export const references = `
ALTER TABLE blob ADD COLUMN reference TEXT;      -- absolute path of the owner's file; NULL: the content is in the data folder
ALTER TABLE blob ADD COLUMN modified_ms REAL;    -- of that file, when it was imported
`
