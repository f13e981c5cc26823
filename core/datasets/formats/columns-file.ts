/** The file beside an exported table that says which column is what, so that it comes back as it was. */
export const columnsFile = (table: string): string =>
  `${table.replace(/\.(csv|tsv|tab|jsonl|ndjson|json)$/i, '')}.columns.json`
