/** A version may have several splits. One being written is not ready, and is removed on start. */
export const namedSplits = `
ALTER TABLE split ADD COLUMN ready INTEGER NOT NULL DEFAULT 1;
ALTER TABLE split ADD COLUMN labels TEXT;                        -- JSON of labelCount[]; NULL: those of the version
ALTER TABLE split ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';
`
