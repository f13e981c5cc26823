import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { GlyphlabError } from '../contract/index.ts'
import type { ServedModel } from './served-model.ts'

const versionId = z.union([z.string().min(1), z.number()]).transform(String)

/** How requests are shared among the loaded versions. */
export const trafficPolicy = z.strictObject({
  /** The first is the primary one: it answers what others fail at, and health speaks of it. Weights are relative. */
  versions: z.array(z.strictObject({ version: versionId, weight: z.number().min(0).max(1e6) })).min(1),
  /** What keeps a caller at one version: nothing, its API key, or a header. */
  sticky: z.enum(['none', 'key', 'header']).default('none'),
  header: z.string().min(1).default('x-session-id'),
  /** A version that gets a copy of the requests, whose answers are only compared. */
  shadow: versionId.nullable().default(null),
  /** A version whose weight goes to 0 by itself when it passes a bound. */
  canary: z
    .strictObject({
      version: versionId,
      maxErrorRate: z.number().min(0).max(1).default(0.05),
      maxP95Ms: z.number().positive().nullable().default(null),
      /** Beside the primary version in the same time: so many times its error rate, and its 95th percentile. */
      maxErrorRatio: z.number().min(1).nullable().default(null),
      maxP95Ratio: z.number().min(1).nullable().default(null),
      /** Of the canary, and of the primary for what is compared with it. */
      minRequests: z.number().int().min(1).default(50),
      windowSeconds: z.number().positive().default(60),
    })
    .nullable()
    .default(null),
})
export type TrafficPolicy = z.infer<typeof trafficPolicy>

const savedTraffic = z.object({
  policy: trafficPolicy,
  history: z.array(z.object({ at: z.string(), by: z.string(), reason: z.string(), policy: trafficPolicy })),
})
type SavedTraffic = z.infer<typeof savedTraffic>

const historyLength = 100
const outcomesKept = 2_000
/** From so many outcomes on, a success is weighed only now and then: sorting them at each answer would cost more than it. */
const weighedEachTime = 200
const weighedEvery = 10

interface Outcome {
  at: number
  failed: boolean
  ms: number
}

/** The versions that a server has loaded and which of them answers a request. */
export class Traffic {
  readonly models: ReadonlyMap<string, ServedModel>
  readonly #file: string | null
  readonly #onRollback: (reason: string) => void
  readonly #outcomes = new Map<string, Outcome[]>()
  #state: SavedTraffic
  #rollbacks = 0
  #weighings = 0
  #saving: Promise<unknown> = Promise.resolve()

  private constructor(
    models: readonly ServedModel[],
    state: SavedTraffic,
    file: string | null,
    onRollback: (reason: string) => void,
  ) {
    this.models = new Map(models.map((model) => [String(model.version), model]))
    this.#state = state
    this.#file = file
    this.#onRollback = onRollback
  }

  /**
   * @param models the first one gets everything until told otherwise
   * @param file where the policy survives a restart; null: nowhere
   * @throws GlyphlabError INVALID_INPUT when `file` or `policy` holds something else
   */
  static async open(
    models: readonly ServedModel[],
    options: { file?: string | null; onRollback?: (reason: string) => void } = {},
  ): Promise<Traffic> {
    const { file = null, onRollback = () => {} } = options
    const [first] = models
    if (!first) throw new Error('no model to serve')
    const saved = file === null ? null : await readSaved(file)
    const known = (policy: TrafficPolicy) =>
      policy.versions.every(({ version }) => models.some((model) => String(model.version) === version))
    const state =
      saved && known(saved.policy) ? saved : { policy: everythingTo(String(first.version)), history: [] }
    return new Traffic(models, state, file, onRollback)
  }

  get policy(): TrafficPolicy {
    return this.#state.policy
  }

  get history(): SavedTraffic['history'] {
    return this.#state.history
  }

  get rollbacks(): number {
    return this.#rollbacks
  }

  get primary(): ServedModel {
    return this.#model(this.policy.versions[0]?.version ?? '')
  }

  get shadow(): ServedModel | null {
    return this.policy.shadow === null ? null : this.#model(this.policy.shadow)
  }

  /** @throws GlyphlabError NOT_FOUND when `version` is not loaded */
  named(version: string): ServedModel {
    const model = this.models.get(version)
    if (model) return model
    const known = [...this.models.keys()].join(', ')
    throw new GlyphlabError('NOT_FOUND', `Version ${version} is not loaded here. There are: ${known}.`)
  }

  /** @param sticky callers with the same text get the same version while the policy stays; null: by chance */
  choose(sticky: string | null): ServedModel {
    const { versions } = this.policy
    const total = versions.reduce((sum, { weight }) => sum + weight, 0)
    if (total === 0 || versions.length === 1) return this.primary
    let place = (sticky === null ? Math.random() : fraction(sticky)) * total
    for (const { version, weight } of versions) {
      place -= weight
      if (place < 0) return this.#model(version)
    }
    return this.primary
  }

  /** Tells of an answer, or of a failure that was not the client's; a canary beyond its bounds is taken out. */
  answered(model: ServedModel, failed: boolean, ms: number): void {
    const { canary, versions } = this.policy
    if (canary === null) return
    const version = String(model.version)
    const [primary] = versions
    if (version !== canary.version && version !== primary?.version) return
    const outcomes = this.#outcomes.get(version) ?? []
    this.#outcomes.set(version, outcomes)
    outcomes.push({ at: performance.now(), failed, ms })
    if (outcomes.length > outcomesKept) outcomes.shift()
    this.#weighings += 1
    if (version !== canary.version) return
    if (!failed && outcomes.length > weighedEachTime && this.#weighings % weighedEvery > 0) return
    const compared = primary && primary.version !== canary.version ? primary.version : null
    const reason = beyondBounds(
      canary,
      this.#recent(canary.version, canary.windowSeconds),
      compared === null ? null : this.#recent(compared, canary.windowSeconds),
    )
    if (reason !== null) this.#takeOut(canary.version, reason)
  }

  #recent(version: string, windowSeconds: number): Outcome[] {
    const from = performance.now() - windowSeconds * 1000
    return (this.#outcomes.get(version) ?? []).filter(({ at }) => at >= from)
  }

  /**
   * Takes over a policy, after it was saved.
   * @throws GlyphlabError INVALID_INPUT when it names a version that is not loaded
   */
  async set(policy: TrafficPolicy, by: string, reason: string): Promise<void> {
    const named = [...policy.versions.map(({ version }) => version), policy.shadow, policy.canary?.version]
    const missing = named.find((version) => typeof version === 'string' && !this.models.has(version))
    if (missing) {
      const known = [...this.models.keys()].join(', ')
      throw new GlyphlabError('INVALID_INPUT', `Version ${missing} is not loaded here. There are: ${known}.`)
    }
    await this.#apply(policy, by, reason)
  }

  /** Gives a version everything. @throws GlyphlabError NOT_FOUND */
  async promote(version: string, by: string): Promise<void> {
    this.named(version)
    const { sticky, header } = this.policy
    await this.#apply({ ...everythingTo(version), sticky, header }, by, `promoted version ${version}`)
  }

  /** Returns to the policy before the present one. @throws GlyphlabError CONFLICT when there is none */
  async rollBack(by: string): Promise<void> {
    const last = this.history.at(-1)
    if (!last)
      throw new GlyphlabError('CONFLICT', 'Nothing was changed yet, so there is nothing to roll back to.')
    await this.set(last.policy, by, 'rolled back')
  }

  #takeOut(version: string, reason: string): void {
    const { versions, shadow } = this.policy
    const rest = versions.filter((each) => each.version !== version)
    const next = rest.length > 0 ? rest : versions
    this.#rollbacks += 1
    this.#outcomes.clear()
    this.#onRollback(reason)
    this.#state = this.#next({ ...this.policy, versions: next, shadow, canary: null }, 'the server', reason)
    void this.#save(this.#state).catch((cause: unknown) =>
      this.#onRollback(`the policy could not be saved: ${cause}`),
    )
  }

  async #apply(policy: TrafficPolicy, by: string, reason: string): Promise<void> {
    const next = this.#next(policy, by, reason)
    await this.#save(next)
    this.#state = next
    this.#outcomes.clear()
  }

  #next(policy: TrafficPolicy, by: string, reason: string): SavedTraffic {
    const entry = { at: new Date().toISOString(), by, reason, policy: this.policy }
    return { policy, history: [...this.history, entry].slice(-historyLength) }
  }

  #save(state: SavedTraffic): Promise<unknown> {
    const file = this.#file
    if (file === null) return Promise.resolve()
    this.#saving = this.#saving
      .catch(() => {})
      .then(() => writeWhole(file, `${JSON.stringify(state, null, 2)}\n`))
    return this.#saving
  }

  #model(version: string): ServedModel {
    return this.named(version)
  }
}

type Canary = NonNullable<TrafficPolicy['canary']>

/** Why the canary is to be taken out; null when it is within its bounds, or when too little is known. */
function beyondBounds(canary: Canary, own: Outcome[], primary: Outcome[] | null): string | null {
  const { version, maxErrorRate, maxErrorRatio, maxP95Ms, maxP95Ratio, minRequests } = canary
  if (own.length < minRequests) return null
  const failed = errorRateOf(own)
  const slow = p95Of(own)
  if (failed > maxErrorRate) return `${percent(failed)} of the answers of version ${version} failed`
  if (maxP95Ms !== null && slow > maxP95Ms) {
    return `the 95th percentile of version ${version} is ${slow.toFixed(0)} ms`
  }
  if (primary === null || primary.length < minRequests) return null
  const usual = errorRateOf(primary)
  // A rate below one failure can't be seen: beside a primary that never failed, the first failure is not yet too many.
  const allowed = Math.max(usual, 1 / Math.min(own.length, primary.length))
  if (maxErrorRatio !== null && failed > allowed * maxErrorRatio) {
    return `${percent(failed)} of the answers of version ${version} failed, where ${percent(usual)} of the primary version's did`
  }
  const usualMs = p95Of(primary)
  if (maxP95Ratio !== null && slow > usualMs * maxP95Ratio) {
    return `the 95th percentile of version ${version} is ${slow.toFixed(0)} ms, where the primary version's is ${usualMs.toFixed(0)} ms`
  }
  return null
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`
const errorRateOf = (outcomes: readonly Outcome[]) =>
  outcomes.filter(({ failed }) => failed).length / outcomes.length

function p95Of(outcomes: readonly Outcome[]): number {
  const times = outcomes.map(({ ms }) => ms).sort((a, b) => a - b)
  return times[Math.floor(times.length * 0.95)] ?? 0
}

function everythingTo(version: string): TrafficPolicy {
  return trafficPolicy.parse({ versions: [{ version, weight: 1 }] })
}

/** 0..1, the same for the same text. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32
}

async function readSaved(file: string): Promise<SavedTraffic | null> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    throw cause
  })
  if (text === null) return null
  try {
    return savedTraffic.parse(JSON.parse(text))
  } catch (cause) {
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${file}: not a saved traffic policy (${cause}). Remove the file.`,
    )
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const fresh = `${file}.new-${randomBytes(4).toString('hex')}`
  const handle = await open(fresh, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(fresh, file)
}
