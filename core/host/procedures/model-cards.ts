import type { HandlersOf, Services } from '../services.ts'
import { versionCard, versionLineage } from '../version-card.ts'

export type ModelCardProcedure =
  | 'models.card'
  | 'models.setCard'
  | 'models.facts'
  | 'models.setFacts'
  | 'models.lineage'

/** What is written of a version, and where it comes from and went. */
export function modelCardProcedures(services: Services): Pick<HandlersOf<'models'>, ModelCardProcedure> {
  const { models, cards, registry, events } = services
  return {
    'models.card': ({ reference }) => versionCard(services, models.resolve(reference)),
    'models.setCard': ({ reference, text }) => {
      const version = models.resolve(reference)
      cards.setCard(version.model, version.version, text)
      events.emit({ type: 'model.changed', model: version.model })
      return versionCard(services, version)
    },
    'models.facts': ({ reference }) => {
      const { model, version } = models.resolve(reference)
      return cards.facts(model, version)
    },
    'models.setFacts': ({ reference, description, tags }) => {
      const { model, version } = models.resolve(reference)
      registry.setFacts(model, version, { tags, ...(description === undefined ? {} : { description }) })
      events.emit({ type: 'model.changed', model })
      return cards.facts(model, version)
    },
    'models.lineage': ({ reference }) => versionLineage(services, models.resolve(reference)),
  }
}
