/** Rules on the runs of an experiment, and the runs that have broken one. Times are ms since 1970. */
export const alerts = `
CREATE TABLE alert_rule (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  experiment_id INTEGER NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,                 -- not-finite, above, below, stalled, silent
  metric TEXT,                        -- NULL: of silent
  bound REAL NOT NULL,                -- the number, the steps or the minutes; 0: of not-finite
  goal TEXT,                          -- min or max: of stalled
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_rule_by_experiment ON alert_rule(experiment_id);

CREATE TABLE run_alert (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  rule_id INTEGER NOT NULL REFERENCES alert_rule(id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (run_id, rule_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_alert_by_rule ON run_alert(rule_id);
`
