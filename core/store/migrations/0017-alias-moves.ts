/** Every move of an alias, with those that the audit log knows of; the gates of aliases and what checks of them found; model cards. */
export const aliasMoves = `
CREATE TABLE alias_move (
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES registered_model(id) ON DELETE CASCADE,
  alias TEXT NOT NULL,
  from_version INTEGER,               -- NULL: it was nowhere
  to_version INTEGER,                 -- NULL: it was removed
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  by TEXT NOT NULL DEFAULT '',
  gates TEXT,                         -- JSON
  signature TEXT                      -- JSON: the public key and the signature, of an override
) STRICT;
CREATE INDEX alias_move_by_alias ON alias_move(model_id, alias);

INSERT INTO alias_move (model_id, alias, from_version, to_version, at, kind)
  SELECT m.id, substr(a.subject, length(m.name) + 2), json_extract(a.details, '$.from'), json_extract(a.details, '$.to'),
    a.at, CASE a.action WHEN 'alias.removed' THEN 'removed' ELSE 'moved' END
  FROM audit_event a JOIN registered_model m ON substr(a.subject, 1, length(m.name) + 1) = m.name || '@'
  WHERE a.action IN ('alias.moved', 'alias.removed') ORDER BY a.sequence;

CREATE TABLE alias_gates (
  model_id INTEGER NOT NULL REFERENCES registered_model(id) ON DELETE CASCADE,
  alias TEXT NOT NULL,
  rules TEXT NOT NULL,                -- JSON
  PRIMARY KEY (model_id, alias)
) STRICT, WITHOUT ROWID;

CREATE TABLE gate_check (
  model_id INTEGER NOT NULL REFERENCES registered_model(id) ON DELETE CASCADE,
  alias TEXT NOT NULL,
  version INTEGER NOT NULL,
  champion INTEGER,
  checked_at INTEGER NOT NULL,
  rules TEXT NOT NULL,                -- JSON: those that were checked
  results TEXT NOT NULL,              -- JSON
  comparison TEXT,                    -- JSON
  problem TEXT,
  flips TEXT NOT NULL,                -- JSON: [ordinal, kind, champion's label and confidence, candidate's]
  PRIMARY KEY (model_id, alias, version)
) STRICT;

CREATE TABLE model_card (
  model_id INTEGER NOT NULL REFERENCES registered_model(id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  text TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (model_id, version)
) STRICT;
`
