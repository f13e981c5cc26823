/** What a sample may carry beside its class, and where a version comes from. */
export const annotations = `
ALTER TABLE sample ADD COLUMN text TEXT;          -- transcription, NFC
ALTER TABLE sample ADD COLUMN value REAL;         -- numeric target
ALTER TABLE sample ADD COLUMN group_name TEXT;    -- samples of one group belong in one subset
ALTER TABLE sample ADD COLUMN boxes TEXT;         -- JSON of labelledBox[], displayed orientation

ALTER TABLE dataset_version ADD COLUMN parents TEXT NOT NULL DEFAULT '[]';  -- uids of the versions it was made from
ALTER TABLE dataset_version ADD COLUMN recipe TEXT;                          -- JSON: how it was made from them
ALTER TABLE dataset_version ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE dataset_version ADD COLUMN note TEXT NOT NULL DEFAULT '';
`
