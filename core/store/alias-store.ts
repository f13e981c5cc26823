import {
  type AliasMove,
  type AliasMoveKind,
  type FlipKind,
  type GateReport,
  type GateResult,
  type GateRule,
  GlyphlabError,
  type VersionComparison,
} from '../contract/index.ts'
import type { AuditStore } from './audit-store.ts'
import type { Store } from './sqlite.ts'

export interface MoveSignature {
  /** SPKI in base64. */
  publicKey: string
  signature: string
}

/** Why an alias moves, and by whom. */
export interface MoveFacts {
  kind: 'moved' | 'override' | 'rollback'
  reason: string
  by: string
  /** Signs what an override records. */
  sign?: (statement: string) => MoveSignature
}

export interface StoredFlip {
  ordinal: number
  kind: FlipKind
  champion: { label: string; confidence: number }
  candidate: { label: string; confidence: number }
}

export interface NewGateCheck {
  champion: number | null
  rules: readonly GateRule[]
  results: readonly GateResult[]
  comparison: VersionComparison | null
  problem: string | null
  flips: readonly StoredFlip[]
}

export type StoredMove = Omit<AliasMove, 'signature'> & { signature: MoveSignature | null; statement: string }

interface MoveRow {
  id: number
  alias: string
  from_version: number | null
  to_version: number | null
  at: number
  kind: AliasMoveKind
  reason: string
  by: string
  gates: string | null
  signature: string | null
}

interface CheckRow {
  champion: number | null
  checked_at: number
  rules: string
  results: string
  comparison: string | null
  problem: string | null
}

interface ModelId {
  id: number
  name: string
}

/** What is signed of a move. */
const statementOf = (model: string, row: Omit<MoveRow, 'id' | 'signature'>): string =>
  JSON.stringify([
    'glyphlab alias move',
    model,
    row.alias,
    row.from_version,
    row.to_version,
    row.at,
    row.kind,
    row.reason,
    row.by,
    row.gates,
  ])

/** Where aliases were and why they moved, the gates before them, and what checks of versions found. */
export class AliasStore {
  private readonly store: Store
  private readonly audit: AuditStore

  constructor(store: Store, audit: AuditStore) {
    this.store = store
    this.audit = audit
  }

  private model(name: string): ModelId {
    const row = this.store
      .prepare<[string], ModelId>('SELECT id, name FROM registered_model WHERE name = ?')
      .get(name)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no registered model named "${name}".`)
    return row
  }

  /** The version that an alias points at, of either kind; null: none. @throws GlyphlabError NOT_FOUND */
  target(name: string, alias: string): number | null {
    const row = this.store
      .prepare<{ model: number; alias: string }, { version: number }>(
        `SELECT version FROM alias WHERE model_id = @model AND alias = @alias
         UNION ALL SELECT version FROM mlflow_alias WHERE model_id = @model AND alias = @alias`,
      )
      .get({ model: this.model(name).id, alias })
    return row?.version ?? null
  }

  /**
   * Records a move. Call within the transaction that makes it.
   * @throws GlyphlabError CONFLICT naming the gates that hold it back
   */
  record(name: string, alias: string, from: number | null, to: number | null, facts: MoveFacts): void {
    if (from === to) return
    const model = this.model(name)
    const judged =
      to === null || facts.kind === 'rollback'
        ? { results: null, problem: null }
        : this.judge(name, alias, to, from)
    const override = facts.kind === 'override' && judged.problem !== null
    if (judged.problem !== null && !override)
      throw new GlyphlabError('CONFLICT', judged.problem, { gates: judged.results ?? [] })
    const kind: AliasMoveKind =
      to === null ? 'removed' : override || facts.kind !== 'override' ? facts.kind : 'moved'
    const row = {
      alias,
      from_version: from,
      to_version: to,
      at: Date.now(),
      kind,
      reason: facts.reason,
      by: facts.by,
      gates: judged.results && JSON.stringify(judged.results),
    }
    const signature = override ? (facts.sign?.(statementOf(name, row)) ?? null) : null
    this.store
      .prepare(
        `INSERT INTO alias_move (model_id, alias, from_version, to_version, at, kind, reason, by, gates, signature)
         VALUES (@model, @alias, @from_version, @to_version, @at, @kind, @reason, @by, @gates, @signature)`,
      )
      .run({ ...row, model: model.id, signature: signature && JSON.stringify(signature) })
    this.audit.append(to === null ? 'alias.removed' : 'alias.moved', `${name}@${alias}`, {
      from,
      to,
      ...(kind === 'override' || kind === 'rollback' ? { [kind]: true } : {}),
      ...(facts.reason === '' ? {} : { reason: facts.reason }),
      ...(override
        ? { failedGates: (judged.results ?? []).filter(({ passed }) => !passed).map(({ words }) => words) }
        : {}),
    })
  }

  /** What the gates say of the move; `problem`: why it may not be made. */
  private judge(
    name: string,
    alias: string,
    version: number,
    champion: number | null,
  ): { results: GateResult[] | null; problem: string | null } {
    if (this.rules(name, alias).length === 0) return { results: null, problem: null }
    const report = this.report(name, alias, version)
    const remedy = `Check it (glyphlab models check ${name}/${version} --alias ${alias}), or override with a reason.`
    if (!report)
      return {
        results: null,
        problem: `${name}@${alias} has gates, and version ${version} has not been checked against them. ${remedy}`,
      }
    if (!report.current)
      return {
        results: null,
        problem: `${name}@${alias}: since version ${version} was checked beside version ${report.champion ?? 'none'}, ${report.champion === champion ? 'the gates changed' : 'the alias moved'}. ${remedy}`,
      }
    const failed = report.results.filter(({ passed }) => !passed)
    if (failed.length === 0) return { results: report.results, problem: null }
    return {
      results: report.results,
      problem: `Version ${version} does not pass ${failed.length === 1 ? 'a gate' : `${failed.length} gates`} of ${name}@${alias}. ${failed
        .map(({ words, message }) => `${words}: ${message}`)
        .join(' ')}`,
    }
  }

  /** The newest first. @throws GlyphlabError NOT_FOUND */
  history(name: string, alias?: string): StoredMove[] {
    return this.store
      .prepare<{ model: number; alias: string | null }, MoveRow>(
        'SELECT * FROM alias_move WHERE model_id = @model AND (@alias IS NULL OR alias = @alias) ORDER BY id DESC',
      )
      .all({ model: this.model(name).id, alias: alias ?? null })
      .map((row) => ({
        id: row.id,
        alias: row.alias,
        from: row.from_version,
        to: row.to_version,
        at: row.at,
        kind: row.kind,
        reason: row.reason,
        by: row.by,
        gates: row.gates === null ? null : (JSON.parse(row.gates) as GateResult[]),
        signature: row.signature === null ? null : (JSON.parse(row.signature) as MoveSignature),
        statement: statementOf(name, row),
      }))
  }

  /**
   * The version that a rollback goes to: what the alias had before the newest move that was not taken back yet.
   * @throws GlyphlabError CONFLICT when there is none
   */
  before(name: string, alias: string): number {
    const stack: (number | null)[] = []
    for (const { from, kind } of this.history(name, alias).reverse()) {
      if (kind === 'rollback') stack.pop()
      else stack.push(from)
    }
    const target = stack.at(-1) ?? null
    if (target !== null) return target
    throw new GlyphlabError(
      'CONFLICT',
      `${name}@${alias} was at no other version before: there is nothing to go back to.`,
    )
  }

  rules(name: string, alias: string): GateRule[] {
    const row = this.store
      .prepare<[number, string], { rules: string }>(
        'SELECT rules FROM alias_gates WHERE model_id = ? AND alias = ?',
      )
      .get(this.model(name).id, alias)
    return row ? (JSON.parse(row.rules) as GateRule[]) : []
  }

  /** By alias; those without rules are left out. */
  gates(name: string): { alias: string; rules: GateRule[] }[] {
    return this.store
      .prepare<[number], { alias: string; rules: string }>(
        'SELECT alias, rules FROM alias_gates WHERE model_id = ? ORDER BY alias',
      )
      .all(this.model(name).id)
      .map(({ alias, rules }) => ({ alias, rules: JSON.parse(rules) as GateRule[] }))
  }

  setRules(name: string, alias: string, rules: readonly GateRule[]): void {
    const { id } = this.model(name)
    this.store.transaction(() => {
      if (rules.length === 0)
        this.store.prepare('DELETE FROM alias_gates WHERE model_id = ? AND alias = ?').run(id, alias)
      else
        this.store
          .prepare('INSERT OR REPLACE INTO alias_gates (model_id, alias, rules) VALUES (?, ?, ?)')
          .run(id, alias, JSON.stringify(rules))
      this.audit.append('alias.gatesSet', `${name}@${alias}`, { rules })
    })()
  }

  saveCheck(name: string, alias: string, version: number, check: NewGateCheck): void {
    this.store
      .prepare(
        `INSERT OR REPLACE INTO gate_check (model_id, alias, version, champion, checked_at, rules, results, comparison, problem, flips)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        this.model(name).id,
        alias,
        version,
        check.champion,
        Date.now(),
        JSON.stringify(check.rules),
        JSON.stringify(check.results),
        check.comparison && JSON.stringify(check.comparison),
        check.problem,
        JSON.stringify(
          check.flips.map(({ ordinal, kind, champion, candidate }) => [
            ordinal,
            kind,
            champion.label,
            champion.confidence,
            candidate.label,
            candidate.confidence,
          ]),
        ),
      )
  }

  /** What the newest check found; null: there was none. @throws GlyphlabError NOT_FOUND */
  report(name: string, alias: string, version: number): GateReport | null {
    const row = this.store
      .prepare<[number, string, number], CheckRow>(
        `SELECT champion, checked_at, rules, results, comparison, problem FROM gate_check
         WHERE model_id = ? AND alias = ? AND version = ?`,
      )
      .get(this.model(name).id, alias, version)
    if (!row) return null
    const results = JSON.parse(row.results) as GateResult[]
    const has = this.target(name, alias)
    return {
      model: name,
      alias,
      version,
      champion: row.champion,
      checkedAt: row.checked_at,
      passed: results.every(({ passed }) => passed),
      // Once it has the alias, what was found of it stays true.
      current:
        row.rules === JSON.stringify(this.rules(name, alias)) && (row.champion === has || version === has),
      results,
      comparison: row.comparison === null ? null : (JSON.parse(row.comparison) as VersionComparison),
      comparisonProblem: row.problem,
    }
  }

  /** Those of the newest check, in the order in which it kept them. */
  flips(name: string, alias: string, version: number): StoredFlip[] {
    const row = this.store
      .prepare<[number, string, number], { flips: string }>(
        'SELECT flips FROM gate_check WHERE model_id = ? AND alias = ? AND version = ?',
      )
      .get(this.model(name).id, alias, version)
    const kept = JSON.parse(row?.flips ?? '[]') as [number, FlipKind, string, number, string, number][]
    return kept.map(([ordinal, kind, championLabel, championConfidence, label, confidence]) => ({
      ordinal,
      kind,
      champion: { label: championLabel, confidence: championConfidence },
      candidate: { label, confidence },
    }))
  }
}
