import { type AliasGates, type GateRule, GlyphlabError } from '../../contract/index.ts'
import { gateKinds, prepareGate } from '../../registry/gates/index.ts'
import type { MoveFacts } from '../../store/alias-store.ts'
import { overriding } from '../alias-moves.ts'
import type { HandlersOf, Services } from '../services.ts'
import { accountName, verifySigned } from '../signing-key.ts'
import { verifyVersion } from '../usable-model.ts'

export type ModelGateProcedure =
  | 'models.setAlias'
  | 'models.aliasHistory'
  | 'models.rollback'
  | 'models.gateKinds'
  | 'models.gates'
  | 'models.setGates'
  | 'models.checkGates'
  | 'models.gateReport'
  | 'models.flips'

/** The rule with all its options; a dataset is named with its version, so that the set never changes under the gate. */
function frozenRule({ datasets }: Services, rule: GateRule): GateRule {
  const { options } = prepareGate(rule)
  const { dataset } = options
  if (typeof dataset !== 'string' || dataset === '') return { gate: rule.gate, options }
  const { datasetName, number } = datasets.namedVersion(dataset)
  return { gate: rule.gate, options: { ...options, dataset: `${datasetName}@${number}` } }
}

function gatesOf({ aliases }: Services, model: string): AliasGates[] {
  return aliases.gates(model).map(({ alias, rules }) => ({
    alias,
    rules: rules.map((rule) => ({ rule, words: prepareGate(rule).words })),
  }))
}

/** What is served next must be what was registered. @throws GlyphlabError DAMAGED, naming the file */
async function verifiedForAlias(services: Services, model: string, version: number): Promise<void> {
  try {
    await verifyVersion(services, services.models.version(model, version))
  } catch (cause) {
    if (!(cause instanceof GlyphlabError) || cause.code !== 'DAMAGED') throw cause
    throw new GlyphlabError(
      'DAMAGED',
      `Version ${version} of ${model} is damaged and gets no alias. ${cause.message}`,
    )
  }
}

/** Aliases move, are held back by gates, and go back. */
export function modelGateProcedures(services: Services): Pick<HandlersOf<'models'>, ModelGateProcedure> {
  const { models, aliases, datasets, signing, queue, events } = services
  const changed = (model: string) => events.emit({ type: 'model.changed', model })
  const history = (model: string, alias?: string) =>
    aliases.history(model, alias).map(({ statement, signature, ...move }) => ({
      ...move,
      signature: signature && verifySigned(statement, signature),
    }))
  return {
    'models.setAlias': async ({ model, alias, version, reason, override }) => {
      if (version !== null) await verifiedForAlias(services, model, version)
      const facts: MoveFacts =
        override === undefined ? { kind: 'moved', reason, by: accountName() } : overriding(signing, override)
      const moved = models.setAlias(model, alias, version, facts)
      changed(model)
      return moved
    },
    'models.aliasHistory': ({ model, alias }) => history(model, alias),
    'models.rollback': async ({ model, alias, reason }) => {
      const by = accountName()
      const target = aliases.before(model, alias)
      if (target !== null) await verifiedForAlias(services, model, target)
      models.setAlias(model, alias, target, { kind: 'rollback', reason, by })
      changed(model)
      const [newest] = history(model, alias)
      if (newest) return newest
      throw new GlyphlabError('NOT_FOUND', `${model}@${alias} has no history.`)
    },
    'models.gateKinds': () => gateKinds(),
    'models.gates': ({ model }) => gatesOf(services, model),
    'models.setGates': ({ model, alias, rules }) => {
      aliases.setRules(
        model,
        alias,
        rules.map((rule) => frozenRule(services, rule)),
      )
      changed(model)
      return gatesOf(services, model)
    },
    'models.checkGates': ({ model, alias, version }) => {
      models.version(model, version)
      if (aliases.target(model, alias) === version)
        throw new GlyphlabError('CONFLICT', `${model}@${alias} is version ${version} already.`)
      const title = `Check version ${version} for ${model}@${alias}`
      return { jobId: queue.add('model-gates', title, { model, alias, version }).id }
    },
    'models.gateReport': ({ model, alias, version }) => aliases.report(model, alias, version),
    'models.flips': ({ model, alias, version, kind, offset, limit }) => {
      const report = aliases.report(model, alias, version)
      const all = aliases
        .flips(model, alias, version)
        .filter((flip) => kind === undefined || flip.kind === kind)
      const shown = all.slice(offset, offset + limit)
      if (!report?.comparison || shown.length === 0) return { total: all.length, items: [] }
      const samples = datasets.samplesAt(
        report.comparison.datasetVersionId,
        shown.map(({ ordinal }) => ordinal),
      )
      return {
        total: all.length,
        items: shown.flatMap(({ ordinal, ...flip }) => {
          const sample = samples.get(ordinal)
          return sample ? [{ sample, ...flip }] : []
        }),
      }
    },
  }
}
