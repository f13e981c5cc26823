/** Deleted datasets stay for a while, out of sight: their name is free for others meanwhile. */
export const datasetTrash = `
ALTER TABLE dataset ADD COLUMN deleted_at INTEGER;   -- NULL: in use
ALTER TABLE dataset ADD COLUMN deleted_name TEXT;    -- what it was called; \`name\` is then one that nobody can give
`
