import type { Statement } from 'better-sqlite3'
import { isSystemMetric, type LatestMetric, type MetricPoint } from '../contract/index.ts'
import { thinnedIndices } from '../domain/metric-series.ts'
import type { Store } from './sqlite.ts'

/** SQLite has no NaN: it is stored as NULL. */
export const toColumn = (value: number): number | null => (Number.isNaN(value) ? null : value)
export const fromColumn = (value: number | null): number => value ?? Number.NaN

/** A series in columns of equal length, in step order; equal steps in the order of arrival. */
export interface SeriesColumns {
  steps: Float64Array
  values: Float64Array
  timestamps: Float64Array
}

interface LatestRow {
  value: number | null
  step: number
  timestamp: number
  minimum: number | null
  maximum: number | null
  count: number
}

type PointRow = [step: number, value: number | null, timestamp: number]

const columnsOfPoint = 6
/** A statement of so many rows: each call costs as much as a few rows. */
const rowsAtOnce = 32

/** Series longer than this are kept thinned beside their points, for charts of many runs. */
const overviewPoints = 1_000
/** Shorter ones are kept beside their points as they are: one row is read in place of many. */
const packedFrom = 200
/** How many of the newest points of one step a point is compared with, to tell that it comes a second time. */
const repeatWindow = 1_000

/** The points of all runs, by the row ids of `run`. */
export class MetricStore {
  private readonly store: Store
  private readonly keyIds = new Map<string, number>()
  private readonly keyNames = new Map<number, string>()
  private readonly insert: Statement<unknown[]>
  private readonly insertMany: Statement<unknown[]>
  private readonly latest: Statement<[number, number], LatestRow>
  private readonly setLatest: Statement<
    [number, number, number | null, number, number, number | null, number | null, number]
  >
  private readonly topSequence: Statement<[number, number, number], { top: number | null }>
  private readonly repeated: Statement<[number, number, number, number, number, number | null], unknown>
  private readonly points: Statement<[number, number], PointRow>
  private readonly pointsBetween: Statement<[number, number, number, number], PointRow>
  private readonly overview: Statement<[number, number], { count: number; points: Buffer | null }>

  constructor(store: Store) {
    this.store = store
    const row = '(?, ?, ?, ?, ?, ?)'
    const insert = 'INSERT INTO metric (run_id, key_id, step, sequence, value, timestamp) VALUES'
    this.insert = store.prepare(`${insert} ${row}`)
    this.insertMany = store.prepare(`${insert} ${Array(rowsAtOnce).fill(row).join(', ')}`)
    this.latest = store.prepare(
      'SELECT value, step, timestamp, minimum, maximum, count FROM latest_metric WHERE run_id = ? AND key_id = ?',
    )
    this.setLatest = store.prepare(
      `INSERT INTO latest_metric (run_id, key_id, value, step, timestamp, minimum, maximum, count)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, step = excluded.step,
         timestamp = excluded.timestamp, minimum = excluded.minimum, maximum = excluded.maximum, count = excluded.count`,
    )
    this.topSequence = store.prepare(
      'SELECT max(sequence) AS top FROM metric WHERE run_id = ? AND key_id = ? AND step = ?',
    )
    this.repeated = store.prepare(
      'SELECT 1 FROM metric WHERE run_id = ? AND key_id = ? AND step = ? AND sequence >= ? AND timestamp = ? AND value IS ?',
    )
    this.points = store
      .prepare<[number, number], PointRow>(
        'SELECT step, value, timestamp FROM metric WHERE run_id = ? AND key_id = ? ORDER BY step, sequence',
      )
      .raw()
    this.pointsBetween = store
      .prepare<[number, number, number, number], PointRow>(
        'SELECT step, value, timestamp FROM metric WHERE run_id = ? AND key_id = ? AND step BETWEEN ? AND ? ORDER BY step, sequence',
      )
      .raw()
    this.overview = store.prepare(
      `SELECT l.count, o.points FROM latest_metric l
         LEFT JOIN series_overview o ON o.run_id = l.run_id AND o.key_id = l.key_id AND o.count = l.count
       WHERE l.run_id = ? AND l.key_id = ?`,
    )
  }

  /** The id of a key that may never have been logged: undefined then. */
  findKey(name: string): number | undefined {
    const known = this.keyIds.get(name)
    if (known !== undefined) return known
    const id = this.store
      .prepare<[string], { id: number }>('SELECT id FROM metric_key WHERE name = ?')
      .get(name)?.id
    if (id !== undefined) this.remember(id, name)
    return id
  }

  private remember(id: number, name: string): void {
    this.keyIds.set(name, id)
    this.keyNames.set(id, name)
  }

  private keyId(name: string): number {
    const known = this.findKey(name)
    if (known !== undefined) return known
    return Number(this.store.prepare('INSERT INTO metric_key (name) VALUES (?)').run(name).lastInsertRowid)
  }

  keyName(id: number): string {
    const known = this.keyNames.get(id)
    if (known !== undefined) return known
    const name = this.store
      .prepare<[number], { name: string }>('SELECT name FROM metric_key WHERE id = ?')
      .get(id)?.name
    if (name !== undefined) this.remember(id, name)
    return name ?? ''
  }

  /** Every key that was ever logged, in alphabetical order. */
  keys(): string[] {
    return this.store
      .prepare<[], { name: string }>('SELECT name FROM metric_key ORDER BY name')
      .all()
      .map(({ name }) => name)
  }

  /**
   * Adds points. Equal steps are kept; a point that is there already (equal step, time and value) is not added again,
   * so that whoever got no answer may send a batch twice. Call within a transaction.
   */
  log(run: number, points: readonly MetricPoint[]): void {
    const byKey = new Map<string, MetricPoint[]>()
    for (const point of points) {
      const list = byKey.get(point.key)
      if (list) list.push(point)
      else byKey.set(point.key, [point])
    }
    // Key by key: the rows of a key lie together.
    for (const [key, list] of byKey) this.logKey(run, this.keyId(key), list)
  }

  private logKey(run: number, key: number, points: readonly MetricPoint[]): void {
    let last = this.latest.get(run, key)
    let waiting: (number | null)[] = []
    const flush = () => {
      for (let at = 0; at < waiting.length; at += columnsOfPoint)
        this.insert.run(waiting.slice(at, at + columnsOfPoint))
      waiting = []
    }
    /** The points of the newest step, when all of them are among these: the database need not be asked. */
    let newest: EqualSteps | undefined
    for (const { value, step, timestamp } of points) {
      const column = toColumn(value)
      let sequence: number | null = 0
      if (!last || step > last.step) newest = new EqualSteps(step, column, timestamp)
      else if (newest?.step === step) sequence = newest.freeSequence(column, timestamp)
      else {
        flush()
        sequence = this.freeSequence(run, key, step, column, timestamp)
      }
      if (sequence === null) continue
      waiting.push(run, key, step, sequence, column, timestamp)
      if (waiting.length === rowsAtOnce * columnsOfPoint) {
        this.insertMany.run(waiting)
        waiting = []
      }
      if (last) addPoint(last, column, step, timestamp)
      else last = { value: column, step, timestamp, minimum: column, maximum: column, count: 1 }
    }
    flush()
    if (!last) return
    const { value, step, timestamp, minimum, maximum, count } = last
    this.setLatest.run(run, key, value, step, timestamp, minimum, maximum, count)
  }

  /** Null where the point is there already. */
  private freeSequence(
    run: number,
    key: number,
    step: number,
    value: number | null,
    timestamp: number,
  ): number | null {
    const top = this.topSequence.get(run, key, step)?.top ?? null
    if (top === null) return 0
    return this.repeated.get(run, key, step, top - repeatWindow, timestamp, value) === undefined
      ? top + 1
      : null
  }

  /** Removes the points of later steps, but for those that count no steps of the run. Call within a transaction. */
  forgetAfter(run: number, step: number): void {
    const machine = this.keys()
      .filter(isSystemMetric)
      .map((key) => this.keyId(key))
    this.store
      .prepare(
        'DELETE FROM metric WHERE run_id = ? AND step > ? AND key_id NOT IN (SELECT value FROM json_each(?))',
      )
      .run(run, step, JSON.stringify(machine))
    this.store.prepare('DELETE FROM latest_metric WHERE run_id = ?').run(run)
    this.store.prepare('DELETE FROM series_overview WHERE run_id = ?').run(run)
    // NaN counts as 0 where time and step are equal, as MLflow has it.
    this.store
      .prepare(
        `INSERT INTO latest_metric (run_id, key_id, value, step, timestamp, minimum, maximum, count)
         SELECT g.run_id, g.key_id, m.value, m.step, m.timestamp, g.minimum, g.maximum, g.count
         FROM (SELECT run_id, key_id, min(value) AS minimum, max(value) AS maximum, count(*) AS count
               FROM metric WHERE run_id = ? GROUP BY key_id) g
         JOIN metric m ON m.run_id = g.run_id AND m.key_id = g.key_id AND (m.step, m.sequence) = (
           SELECT l.step, l.sequence FROM metric l WHERE l.run_id = g.run_id AND l.key_id = g.key_id
           ORDER BY l.step DESC, l.timestamp DESC, coalesce(l.value, 0) DESC LIMIT 1)`,
      )
      .run(run)
  }

  /** The last value of each key, and its roll-up, by run. */
  latestOf(runs: readonly number[]): Map<number, (LatestMetric & { key: string })[]> {
    const found = new Map<number, (LatestMetric & { key: string })[]>(runs.map((run) => [run, []]))
    type Row = [number, number, number | null, number, number, number | null, number | null, number]
    const rows = this.store
      .prepare<[string], Row>(
        `SELECT run_id, key_id, value, step, timestamp, minimum, maximum, count FROM latest_metric
         WHERE run_id IN (SELECT value FROM json_each(?))`,
      )
      .raw()
      .all(JSON.stringify(runs))
    for (const [run, key, value, step, timestamp, minimum, maximum, count] of rows)
      found.get(run)?.push({
        key: this.keyName(key),
        value: fromColumn(value),
        step,
        timestamp,
        min: fromColumn(minimum),
        max: fromColumn(maximum),
        count,
      })
    return found
  }

  /** All points of a key, whole. */
  series(run: number, key: string): SeriesColumns {
    const id = this.findKey(key)
    return columnsOf(id === undefined ? [] : this.points.all(run, id))
  }

  /** A series, or its part between two steps, thinned to about `maxPoints`, and how many points it has in all. */
  thinned(
    run: number,
    key: string,
    maxPoints: number,
    range?: { from: number; to: number },
  ): SeriesColumns & { total: number } {
    const id = this.findKey(key)
    const known = id === undefined ? undefined : this.overview.get(run, id)
    if (id === undefined || !known) return { ...columnsOf([]), total: 0 }
    if (range) {
      const part = columnsOf(this.pointsBetween.all(run, id, range.from, range.to))
      return { ...thin(part, maxPoints), total: known.count }
    }
    const isWhole = known.count <= overviewPoints
    if (known.points && (isWhole || maxPoints <= overviewPoints))
      return { ...thin(unpack(known.points), maxPoints), total: known.count }
    if (isWhole || maxPoints > overviewPoints)
      return { ...thin(columnsOf(this.points.all(run, id)), maxPoints), total: known.count }
    const kept = this.makeOverview(run, id, known.count)
    return { ...thin(kept, maxPoints), total: known.count }
  }

  private makeOverview(run: number, key: number, count: number): SeriesColumns {
    const kept = thin(columnsOf(this.points.all(run, key)), overviewPoints)
    this.store
      .prepare(
        'INSERT INTO series_overview (run_id, key_id, count, points) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = excluded.count, points = excluded.points',
      )
      .run(run, key, count, pack(kept))
    return kept
  }

  /** Packs the series of a run that has ended, the long ones thinned, so that charts of many runs need not. */
  prepareOverviews(run: number): void {
    const keys = this.store
      .prepare<[number, number], { key_id: number; count: number }>(
        `SELECT l.key_id, l.count FROM latest_metric l
           LEFT JOIN series_overview o ON o.run_id = l.run_id AND o.key_id = l.key_id AND o.count = l.count
         WHERE l.run_id = ? AND l.count > ? AND o.run_id IS NULL`,
      )
      .all(run, packedFrom)
    this.store.transaction(() => {
      for (const { key_id, count } of keys) this.makeOverview(run, key_id, count)
    })()
  }

  /** The same after this turn: whoever ended the run need not wait for it. */
  prepareOverviewsSoon(run: number): void {
    setImmediate(() => {
      if (!this.store.open) return
      try {
        this.prepareOverviews(run)
      } catch {
        // A full or locked disk: they are made when a chart asks for them.
      }
    })
  }

  /** A part of a key's points in the order of MLflow: by time, then step, then value. */
  history(run: number, key: string, offset: number, limit: number): PointRow[] {
    const id = this.findKey(key)
    if (id === undefined) return []
    return this.store
      .prepare<[number, number, number, number], PointRow>(
        `SELECT step, value, timestamp FROM metric WHERE run_id = ? AND key_id = ?
         ORDER BY timestamp, step, coalesce(value, 0) LIMIT ? OFFSET ?`,
      )
      .raw()
      .all(run, id, limit, offset)
  }
}

/** Points of one step, as they come one after the other. */
class EqualSteps {
  readonly step: number
  private readonly value: number | null
  private readonly timestamp: number
  /** Made for the second one: most steps have one only. */
  private seen: Set<string> | undefined

  constructor(step: number, value: number | null, timestamp: number) {
    this.step = step
    this.value = value
    this.timestamp = timestamp
  }

  /** Null where the point is there already. */
  freeSequence(value: number | null, timestamp: number): number | null {
    this.seen ??= new Set([`${this.timestamp} ${this.value}`])
    const sequence = this.seen.size
    this.seen.add(`${timestamp} ${value}`)
    return this.seen.size > sequence ? sequence : null
  }
}

/** MLflow's rule of the last value: the highest step, then the latest time, then the largest value. */
function addPoint(last: LatestRow, value: number | null, step: number, timestamp: number): void {
  const newer =
    step !== last.step
      ? step > last.step
      : timestamp !== last.timestamp
        ? timestamp > last.timestamp
        : (value ?? 0) > (last.value ?? 0)
  if (newer) {
    last.value = value
    last.step = step
    last.timestamp = timestamp
  }
  if (value !== null) {
    if (last.minimum === null || value < last.minimum) last.minimum = value
    if (last.maximum === null || value > last.maximum) last.maximum = value
  }
  last.count++
}

function columnsOf(rows: readonly PointRow[]): SeriesColumns {
  const columns = {
    steps: new Float64Array(rows.length),
    values: new Float64Array(rows.length),
    timestamps: new Float64Array(rows.length),
  }
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]
    if (!row) continue
    columns.steps[index] = row[0]
    columns.values[index] = fromColumn(row[1])
    columns.timestamps[index] = row[2]
  }
  return columns
}

function thin(columns: SeriesColumns, maxPoints: number): SeriesColumns {
  if (columns.values.length <= maxPoints) return columns
  const kept = thinnedIndices(columns.values, maxPoints)
  const pick = (column: Float64Array) => Float64Array.from(kept, (index) => column[index] ?? Number.NaN)
  return { steps: pick(columns.steps), values: pick(columns.values), timestamps: pick(columns.timestamps) }
}

function pack({ steps, values, timestamps }: SeriesColumns): Buffer {
  return Buffer.concat([steps, values, timestamps].map((column) => Buffer.from(column.buffer)))
}

function unpack(points: Buffer): SeriesColumns {
  // A Buffer from the database may begin at any byte; a Float64Array may not.
  const numbers = new Float64Array(points.buffer.slice(points.byteOffset, points.byteOffset + points.length))
  const length = numbers.length / 3
  return {
    steps: numbers.subarray(0, length),
    values: numbers.subarray(length, 2 * length),
    timestamps: numbers.subarray(2 * length),
  }
}
