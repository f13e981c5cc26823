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
    const { canary } = this.policy
    if (canary?.version !== String(model.version)) return
    const now = performance.now()
    const outcomes = this.#outcomes.get(canary.version) ?? []
    this.#outcomes.set(canary.version, outcomes)
    outcomes.push({ at: now, failed, ms })
    if (outcomes.length > outcomesKept) outcomes.splice(0, outcomes.length - outcomesKept)
    const recent = outcomes.filter(({ at }) => now - at <= canary.windowSeconds * 1000)
    if (recent.length < canary.minRequests) return
    const errorRate = recent.filter((outcome) => outcome.failed).length / recent.length
    const p95 =
      recent.map((outcome) => outcome.ms).sort((a, b) => a - b)[Math.floor(recent.length * 0.95)] ?? 0
    const reason =
      errorRate > canary.maxErrorRate
        ? `${(errorRate * 100).toFixed(1)} % of the answers of version ${canary.version} failed`
        : canary.maxP95Ms !== null && p95 > canary.maxP95Ms
          ? `the 95th percentile of version ${canary.version} is ${p95.toFixed(0)} ms`
          : null
    if (reason !== null) this.#takeOut(canary.version, reason)
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
    this.#outcomes.delete(version)
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
