/** What a page was read with: the model version (its reference and digest) and the recipe, as JSON. */
export const pageReadings = `
ALTER TABLE page ADD COLUMN model TEXT;
ALTER TABLE page ADD COLUMN recipe TEXT;
`
