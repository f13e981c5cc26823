import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { GlyphlabError } from '../contract/index.ts'
import type { ServedModel } from './served-model.ts'
import { type SavedTraffic, TrafficFiles } from './traffic-files.ts'
import { everythingTo, type TrafficPolicy } from './traffic-policy.ts'

/** How often a shared folder is looked at. */
const lookEveryMs = 1_000
/** So often a change is tried anew when another server was quicker. */
const tries = 50
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

export interface TrafficEvents {
  /** A canary was taken out by its bounds. */
  onRollback?: (reason: string) => void
  /** What another server was told counts here too. */
  onFollowed?: (change: { generation: number; by: string; reason: string }) => void
  /** What was saved can't be read, or what was decided can't be saved. */
  onTrouble?: (reason: string) => void
}

/** The versions that a server has loaded and which of them answers a request. */
export class Traffic {
  readonly models: ReadonlyMap<string, ServedModel>
  readonly #files: TrafficFiles | null
  readonly #events: TrafficEvents
  readonly #outcomes = new Map<string, Outcome[]>()
  readonly #looking: NodeJS.Timeout | null
  #state: SavedTraffic
  #rollbacks = 0
  #weighings = 0
  /** A generation that can't be read is told of once. */
  #unread = 0
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(
    models: readonly ServedModel[],
    state: SavedTraffic,
    files: TrafficFiles | null,
    events: TrafficEvents,
  ) {
    this.models = new Map(models.map((model) => [String(model.version), model]))
    this.#state = state
    this.#files = files
    this.#events = events
    this.#looking = files && setInterval(() => void this.refresh(), lookEveryMs).unref()
  }

  /**
   * @param models the first one gets everything until told otherwise
   * @param directory where the policy survives a restart, and which servers with the same versions may share: what one
   * of them is told, the others do within a second; null: nowhere
   * @throws GlyphlabError DAMAGED when the newest policy there is not as it was saved
   */
  static async open(
    models: readonly ServedModel[],
    options: { directory?: string | null } & TrafficEvents = {},
  ): Promise<Traffic> {
    const { directory = null, ...events } = options
    const [first] = models
    if (!first) throw new Error('no model to serve')
    const files = directory === null ? null : new TrafficFiles(directory, models)
    const newest = (await files?.newest()) ?? 0
    const state =
      files && newest > 0
        ? await files.read(newest)
        : { generation: 0, policy: everythingTo(String(first.version)), history: [] }
    const traffic = new Traffic(models, state, files, events)
    traffic.#checkVersions(state.policy)
    return traffic
  }

  /** How many changes led to the policy: equal at servers that do the same. */
  get generation(): number {
    return this.#state.generation
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
    this.#checkVersions(policy)
    await this.#change(() => policy, by, reason)
  }

  /** Gives a version everything. @throws GlyphlabError NOT_FOUND */
  async promote(version: string, by: string): Promise<void> {
    this.named(version)
    const all = ({ policy: { sticky, header } }: SavedTraffic) => ({
      ...everythingTo(version),
      sticky,
      header,
    })
    await this.#change(all, by, `promoted version ${version}`)
  }

  /** Returns to the policy before the present one. @throws GlyphlabError CONFLICT when there is none */
  async rollBack(by: string): Promise<void> {
    const before = ({ history }: SavedTraffic) => {
      const last = history.at(-1)
      if (!last)
        throw new GlyphlabError('CONFLICT', 'Nothing was changed yet, so there is nothing to roll back to.')
      return last.policy
    }
    await this.#change(before, by, 'rolled back')
  }

  /** Takes over what another server has saved since; happens by itself every second. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#look()
    })
  }

  close(): void {
    if (this.#looking) clearInterval(this.#looking)
  }

  /** @throws GlyphlabError INVALID_INPUT */
  #checkVersions(policy: TrafficPolicy): void {
    const named = [...policy.versions.map(({ version }) => version), policy.shadow, policy.canary?.version]
    const missing = named.find((version) => typeof version === 'string' && !this.models.has(version))
    if (!missing) return
    const known = [...this.models.keys()].join(', ')
    throw new GlyphlabError('INVALID_INPUT', `Version ${missing} is not loaded here. There are: ${known}.`)
  }

  /** At once here, so that no further request meets it, then at the other servers, unless they were told something since. */
  #takeOut(version: string, reason: string): void {
    const { versions } = this.policy
    const rest = versions.filter((each) => each.version !== version)
    const policy = { ...this.policy, versions: rest.length > 0 ? rest : versions, canary: null }
    this.#rollbacks += 1
    this.#events.onRollback?.(reason)
    const { generation } = this.#state
    const here = { ...next(this.#state, policy, 'the server', reason), generation }
    this.#take(here)
    const saving = this.#inTurn(() =>
      this.#save((newest) =>
        this.#state === here ? { ...here, generation: Math.max(newest, generation) + 1 } : null,
      ),
    )
    saving.catch((cause: unknown) => this.#events.onTrouble?.(String(cause)))
  }

  #change(policyAfter: (state: SavedTraffic) => TrafficPolicy, by: string, reason: string): Promise<void> {
    return this.#inTurn(() =>
      this.#save((newest) => ({
        ...next(this.#state, policyAfter(this.#state), by, reason),
        generation: Math.max(newest, this.generation) + 1,
      })),
    )
  }

  /**
   * Saves a state that follows from the newest, as often as another server was quicker; then it counts here.
   * @param make null: nothing is to be saved any more
   * @throws GlyphlabError CONFLICT; Refusal 500 when it can't be saved
   */
  async #save(make: (newest: number) => SavedTraffic | null): Promise<void> {
    for (let tried = 0; tried < tries; tried += 1) {
      const fresh = make(await this.#look())
      if (fresh === null) return
      if (this.#files === null || (await this.#files.write(fresh))) {
        this.#take(fresh)
        return
      }
      await sleep(Math.random() * 20)
    }
    throw new GlyphlabError('CONFLICT', 'The traffic policy is being changed by others. Try again.')
  }

  /** Takes over the newest saved state. @returns its generation, whether it could be read or not */
  async #look(): Promise<number> {
    let newest = 0
    try {
      newest = (await this.#files?.newest()) ?? 0
      if (!this.#files || newest <= this.generation) return newest
      const found = await this.#files.read(newest)
      this.#checkVersions(found.policy)
      this.#take(found)
      const last = found.history.at(-1)
      this.#events.onFollowed?.({ generation: newest, by: last?.by ?? '', reason: last?.reason ?? '' })
    } catch (cause) {
      if (this.#unread !== newest || newest === 0) this.#events.onTrouble?.(String(cause))
      this.#unread = newest
    }
    return newest
  }

  #take(state: SavedTraffic): void {
    this.#state = state
    this.#outcomes.clear()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
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

/** The history lengthened by the policy that goes; the generation is for the caller to say. */
function next({ policy: before, history }: SavedTraffic, policy: TrafficPolicy, by: string, reason: string) {
  const entry = { at: new Date().toISOString(), by, reason, policy: before }
  return { policy, history: [...history, entry].slice(-historyLength) }
}

/** 0..1, the same for the same text. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32
}
