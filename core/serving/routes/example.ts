import { GlyphlabError } from '../../contract/index.ts'
import { examplePath } from '../input-example.ts'
import type { Traffic } from '../traffic.ts'
import type { Route } from './route.ts'

/** The input example of the primary version, where any version has one. */
export function exampleRoutes(traffic: Traffic): Route[] {
  if (![...traffic.models.values()].some(({ example }) => example)) return []
  return [
    {
      method: 'get',
      path: examplePath,
      scope: 'predict',
      summary: 'An input to try the service with.',
      gives: 'binary',
      handle(context) {
        const { example, version } = traffic.primary
        if (!example) throw new GlyphlabError('NOT_FOUND', `Version ${version} has no input example.`)
        return context.body(new Uint8Array(example.bytes), 200, { 'Content-Type': example.type })
      },
    },
  ]
}
