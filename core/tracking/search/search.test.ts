import { tmpdir } from 'node:os'
import { beforeAll, describe, expect, it } from 'vitest'
import type { GlyphlabError } from '../../contract/index.ts'
import { Reserve } from '../../store/reserve.ts'
import { RunStore } from '../../store/run-store.ts'
import { openStore } from '../../store/sqlite.ts'
import { completeSearch } from './completion.ts'
import { compareBy, evaluate } from './evaluate.ts'
import { parseOrder, parseSearch } from './parser.ts'
import { compileRunSearch, findPage, groupRows, readColumns, valuesOf } from './run-search.ts'
import { type PlainRun, searchable } from './testing/plain-run.ts'

/** A generator of equal numbers for equal seeds (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const random = randomOf(7)
const below = (n: number) => Math.floor(random() * n)
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T

const metricKeys = ['loss', 'val/acc', 'per class: ö', 'loss.min']
const paramKeys = ['lr', 'optimizer', 'weird "key" 🎈', 'nested.depth']
const tagKeys = ['team', 'mlflow.note.content']
const texts = [
  'adam',
  'SGD',
  '0.1',
  '1e-3',
  '10',
  '9',
  'Übung',
  'übung',
  '100%',
  'a_b',
  "it's",
  '[x]*?',
  'inf',
  '',
]
const numbers = [0, 1, -1, 0.5, 1e-3, 100, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

function randomRun(index: number): Omit<PlainRun, 'id'> {
  const some = (keys: readonly string[]) =>
    Object.fromEntries(keys.filter(() => random() < 0.6).map((key) => [key, pick(texts)]))
  const startTime = 1_000_000 + below(20) * 1_000
  return {
    name: `${pick(['run', 'Run', 'Übung'])} ${index}`,
    status: pick(['FINISHED', 'RUNNING', 'FAILED']),
    experiment: pick(['Default', 'digits']),
    user: pick(['', 'ada', 'grace']),
    startTime,
    endTime: random() < 0.7 ? startTime + below(10) * 1_000 : null,
    params: some(paramKeys),
    tags: some(tagKeys),
    points: metricKeys
      .filter(() => random() < 0.7)
      .flatMap((key) =>
        Array.from({ length: 1 + below(4) }, () => ({
          key,
          value: pick(numbers),
          step: below(4),
          timestamp: 1_000 + below(3),
        })),
      )
      .filter((point, place, all) => all.findIndex((one) => samePoint(one, point)) === place),
    datasets: random() < 0.5 ? [] : [{ name: pick(['mnist', 'MNIST']), digest: 'd1', context: 'training' }],
  }
}

const samePoint = (a: PlainRun['points'][number], b: PlainRun['points'][number]) =>
  a.key === b.key && a.step === b.step && a.timestamp === b.timestamp && Object.is(a.value, b.value)

const runs: PlainRun[] = []
let store: RunStore

function add(plain: Omit<PlainRun, 'id'>): PlainRun {
  const id = store.begin({
    experimentId: store.experiments.idOf(plain.experiment),
    name: plain.name,
    startTime: plain.startTime ?? 0,
    user: plain.user,
  })
  store.setParams(id, plain.params)
  store.setTags(id, plain.tags)
  store.logMetrics(id, plain.points)
  store.inputs.addDatasets(
    store.idOf(id),
    plain.datasets.map(({ name, digest, context }) => ({
      name,
      digest,
      sourceType: 'local',
      source: '{}',
      schema: null,
      profile: null,
      tags: { 'mlflow.data.context': context },
    })),
  )
  store.update(id, { status: plain.status as 'FINISHED', endTime: plain.endTime })
  return { ...plain, id }
}

beforeAll(() => {
  store = new RunStore(openStore(':memory:'), new Reserve(tmpdir()))
  for (let index = 0; index < 120; index++) runs.push(add(randomRun(index)))
})

const found = (filter: string, orderBy: string[] = []) => {
  const query = compileRunSearch({ filter, orderBy, experiments: undefined, lifecycle: 'active' })
  const { ids } = findPage(store.finder, query, { token: undefined, limit: 10_000 })
  return readColumns(store.finder, ids, []).map(({ id }) => id)
}

const quote = (text: string) =>
  random() < 0.5 ? `'${text.replaceAll("'", "''")}'` : `"${text.replaceAll('"', '""')}"`
const path = (scope: string, key: string) =>
  /^[\p{L}\p{N}_./-]+$/u.test(key) && random() < 0.5 ? `${scope}.${key}` : `${scope}.\`${key}\``
const numeral = () => pick(['0', '1', '-1', '0.5', '1e-3', '100', 'nan', 'inf', '-inf'])
const comparator = () => pick(['=', '!=', '<', '<=', '>', '>='])

function metric(): string {
  const name = path(pick(['metrics', 'metric']), pick(metricKeys))
  return pick([name, name, `min(${name})`, `max(${name})`, `count(${name})`, `at(${name}, ${below(4)})`])
}

function pairField(): string {
  return random() < 0.6 ? path('params', pick(paramKeys)) : path('tags', pick(tagKeys))
}

function randomComparison(): string {
  const pattern = () => quote(pick(['%a%', 'a_b', 'ÜB%', '%%', '100\\%', '[x]%', '_', 'adam']))
  switch (below(9)) {
    case 0:
    case 1:
      return `${metric()} ${comparator()} ${numeral()}`
    case 2:
      return `${pairField()} ${comparator()} ${random() < 0.5 ? quote(pick(texts)) : pick(['0.1', '10', '-1'])}`
    case 3:
      return `${pairField()} ${pick(['LIKE', 'ILIKE', 'NOT LIKE', 'not ilike'])} ${pattern()}`
    case 4:
      return `${pairField()} ${pick(['IN', 'NOT IN'])} (${quote(pick(texts))}, ${quote(pick(texts))}, 10)`
    case 5:
      return `${random() < 0.5 ? pairField() : metric()} ${pick(['IS NULL', 'IS NOT NULL'])}`
    case 6:
      return pick([
        `status = 'finished'`,
        `attributes.start_time ${comparator()} ${1_000_000 + below(20) * 1_000}`,
        `duration ${comparator()} ${below(10)}`,
        `end_time IS NULL`,
        `user ${pick(['IS NULL', "= 'ada'", "!= 'ada'"])}`,
        `experiment IN ('digits')`,
        `attributes.\`Run name\` ILIKE 'RUN%'`,
        `dataset = 'mnist'`,
      ])
    case 7:
      return `datasets.${pick(['name', 'digest', 'context'])} ${pick(["= 'mnist'", "!= 'mnist'", "LIKE '%i%'", "IN ('d1')"])}`
    default:
      return pick(['run', 'ÜBUNG', "'adam'", 'lr', 'failed', 'digits', 'mnist'])
  }
}

function randomExpression(depth: number): string {
  if (depth === 0) return randomComparison()
  const inner = () => randomExpression(depth - 1)
  return pick([
    () => `${inner()} AND ${inner()}`,
    () => `${inner()} or ${inner()}`,
    () => `NOT (${inner()})`,
    () => `(${inner()} OR ${inner()}) AND ${inner()}`,
    () => randomComparison(),
  ])()
}

describe('the search language', () => {
  it('finds what its plain meaning finds, for thousands of random expressions', () => {
    let matches = 0
    for (let round = 0; round < 3_000; round++) {
      const text = randomExpression(below(4))
      const expression = parseSearch(text)
      if (!expression) throw new Error(`${text} is empty`)
      const expected = runs.filter((run) => evaluate(expression, searchable(run))).map(({ id }) => id)
      matches += expected.length
      expect(found(text).toSorted(), text).toEqual(expected.toSorted())
    }
    expect(matches).toBeGreaterThan(10_000)
  })

  it('finds a plain word in the dataset, the status, the experiment, and at the beginning of the id', () => {
    const run = runs.find(({ datasets }) => datasets.length > 0)
    if (!run) throw new Error('no run has a dataset')
    for (const word of ['mnist', run.status.toLowerCase(), run.experiment.slice(1), run.id.slice(0, 6)])
      expect(found(word), word).toContain(run.id)
    expect(found(run.id.slice(0, 8))).toEqual([run.id])
    // Six digits from the middle of an id are chance.
    expect(found(run.id.slice(3, 11))).toEqual([])
  })

  it('sorts as its plain meaning does: numbers before words, then NaN, then what has none', () => {
    for (let round = 0; round < 300; round++) {
      const field = () =>
        pick([metric, pairField, () => pick(['name', 'start_time', 'duration', 'status', 'user'])])()
      const text = `${field()} ${pick(['ASC', 'desc', ''])}, ${field()} ${pick(['', 'DESC'])}`
      const orders = parseOrder(text)
      const expected = runs
        .toSorted(
          (a, b) =>
            compareBy(orders, searchable(a), searchable(b)) ||
            (b.startTime ?? 0) - (a.startTime ?? 0) ||
            (a.id < b.id ? -1 : 1),
        )
        .map(({ id }) => id)
      expect(found('', [text]), text).toEqual(expected)
    }
  })

  it.each([
    "metrics.loss < 1 and params.lr = '0.1'",
    'metric.`val/acc` >= 0.5 AND parameters.optimizer != "adam"',
    "attributes.status = 'FINISHED' AND attribute.start_time > 1664067852747",
    "tags.`mlflow.note.content` LIKE '%x%' and run_id IN ('a', 'b')",
    "datasets.name = 'mnist' AND dataset.context IN ('train', 'test')",
    'params."weird key" ILIKE \'A%\' AND tag.team IS NOT NULL',
    "attributes.run_name = 'x' AND attributes.Created > 0 AND attr.user_id = 'ada'",
    '`metric`.loss = 0.5',
  ])('reads what MLflow reads: %s', (filter) => {
    expect(parseSearch(filter)).not.toBeNull()
  })

  it.each([
    ['metrics.loss <', 14, 'a number, nan or inf'],
    ["metrics.loss < 'a'", 15, 'a number, nan or inf'],
    ['los < 3', 0, 'metrics.los'],
    ['metrics.loss 3', 13, '<='],
    ['(metrics.a > 1', 14, 'a closing )'],
    ['metrics.a > 1 metrics.b', 14, 'AND'],
    ["start_time > 'someday'", 13, "a time like '2026-11-01', '7 days ago' or ms since 1970"],
    ["params.a = 'open", 11, "a closing '"],
    ['foo.bar = 1', 0, 'metrics.…'],
    ['datasets.size = 1', 0, 'datasets.digest'],
    ['mean(metrics.a) > 1', 0, 'at'],
    ['params.a LIKE 3', 14, "a pattern in quotes, like '%net%'"],
    ['status = FINISHED AND ', 22, 'a word to find'],
  ])('points at what is wrong in %s', (filter, position, expected) => {
    let error: GlyphlabError | undefined
    try {
      parseSearch(filter)
    } catch (cause) {
      error = cause as GlyphlabError
    }
    expect(error?.code).toBe('INVALID_INPUT')
    expect(error?.details).toMatchObject({ position })
    expect(error?.details?.['expected']).toContain(expected)
  })

  it('understands times and durations as people write them', () => {
    const now = new Date(2026, 10, 25, 12).getTime()
    const compared = (text: string) => {
      const expression = parseSearch(text, { now })
      return expression?.kind === 'compare' ? expression.value : undefined
    }
    expect(compared("start_time > '2026-11-01'")).toBe(new Date(2026, 10, 1).getTime())
    expect(compared("start_time > '2026-11-01 13:30'")).toBe(new Date(2026, 10, 1, 13, 30).getTime())
    expect(compared("start_time > '7 days ago'")).toBe(now - 7 * 86_400_000)
    expect(compared('start_time > today')).toBe(new Date(2026, 10, 25).getTime())
    expect(compared("duration > '1 h 30 min'")).toBe(5_400_000)
    expect(compared('duration > 90')).toBe(90_000)
  })

  it('gives pages that stay as they are while runs come in', () => {
    const query = compileRunSearch({ filter: '', orderBy: [], experiments: undefined, lifecycle: 'active' })
    const all = found('')
    const first = findPage(store.finder, query, { token: undefined, limit: 50 })
    const extra = add({ ...randomRun(999), startTime: 9_000_000 })
    const second = findPage(store.finder, query, { token: first.nextPageToken ?? '', limit: 500 })
    const ids = readColumns(store.finder, [...first.ids, ...second.ids], []).map(({ id }) => id)
    expect(ids).toEqual(all)
    expect(second.nextPageToken).toBeNull()
    expect(found('')[0]).toBe(extra.id)
    store.setLifecycle([extra.id], 'deleted')
    expect(() => findPage(store.finder, query, { token: 'zzz', limit: 5 })).toThrow(/no page token/)
  })

  it('groups by any field and rolls numbers up', () => {
    const ids = ['a', 'a', 'b'].map((team, index) => {
      const plain = { ...randomRun(0), experiment: 'groups', params: {}, tags: { team } }
      return add({ ...plain, points: [{ key: 'acc', value: index, step: 1, timestamp: 1 }] }).id
    })
    const rows = readColumns(
      store.finder,
      ids.map((id) => store.idOf(id)),
      ['tags.team', 'metrics.acc'],
    )
    expect(groupRows(rows, 1)).toMatchObject([
      { keys: ['a'], runs: 2, columns: [{ min: 0, mean: 0.5, max: 1, count: 2 }] },
      { keys: ['b'], runs: 1, columns: [{ min: 2, mean: 2, max: 2, deviation: 0 }] },
    ])
    store.setLifecycle(ids, 'deleted')
  })
})

describe('completion', () => {
  const vocabulary = {
    metrics: () => store.metrics.keys(),
    params: () => store.finder.keys('param'),
    tags: () => store.finder.keys('tag'),
    values: (field: Parameters<typeof valuesOf>[1]) => valuesOf(store.finder, field, 20),
  }
  const offered = (text: string) =>
    completeSearch(text, text.length, vocabulary).items.map((item) => item.text)

  it.each([
    ['', 'status'],
    ['metrics.l', 'metrics.loss'],
    ['los', 'metrics.loss'],
    ['metrics.per', 'metrics.`per class: ö`'],
    ['metrics.loss ', '<='],
    ['metrics.loss < 1 ', 'AND'],
    ['(metrics.loss < 1 ', ')'],
    ["params.optimizer = '", "'adam'"],
    ['status = ', "'FINISHED'"],
    ['metrics.loss < 1 AND pa', 'params.lr'],
    ['min(', 'metrics.loss'],
    ['start_time > ', "'7 days ago'"],
  ])('offers after "%s": %s', (text, item) => {
    expect(offered(text)).toContain(item)
  })

  it('replaces the word at the cursor and offers nothing behind a fault', () => {
    expect(completeSearch('metrics.lo AND x', 10, vocabulary)).toMatchObject({ from: 0, to: 10 })
    expect(offered('los < 3 AND ')).toEqual([])
  })
})
