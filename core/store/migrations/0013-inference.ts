/**
 * Which engine answers for a model version (JSON; NULL: never measured), and the file that an imported one came from: its
 * `run_uid` and `run_name` are empty.
 */
export const inference = `
ALTER TABLE model_version ADD COLUMN inference TEXT;
ALTER TABLE model_version ADD COLUMN imported_from TEXT;
`
