/** Boards of charts that people keep under a name. */
export const dashboards = `
CREATE TABLE dashboard (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  query TEXT NOT NULL,                -- of the address of the compare page
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
`
