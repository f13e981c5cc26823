import { z } from 'zod'
import type { Route } from './routes/route.ts'
import type { ServedModel } from './served-model.ts'

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

function contentOf(gives: Route['gives']): object {
  if (gives === 'text') return { 'text/plain': { schema: { type: 'string' } } }
  if (gives === 'binary') return { '*/*': { schema: { type: 'string', format: 'binary' } } }
  return { 'application/json': { schema: schemaOf(gives, 'output') } }
}

/** The OpenAPI 3.1 description of the routes, from the schemas that check them. */
export function openApiDocument(
  routes: readonly Route[],
  model: Pick<ServedModel, 'name' | 'version'>,
  keysWanted: boolean,
): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, (whole, name: string) =>
      whole === ':annotate' ? whole : `{${name}}`,
    )
    const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }))
    const content = Object.entries(route.takes ?? {}).map(([type, schema]) => [
      type,
      {
        schema: schema === 'binary' ? { type: 'string', format: 'binary' } : schemaOf(schema, 'input'),
        ...route.examples?.[type],
      },
    ])
    paths[path] = {
      ...paths[path],
      [route.method]: {
        summary: route.summary,
        ...(parameters.length > 0 ? { parameters } : {}),
        ...(content.length > 0
          ? { requestBody: { required: true, content: Object.fromEntries(content) } }
          : {}),
        ...(keysWanted && route.scope !== 'open' ? { security: [{ key: [] }] } : {}),
        responses: {
          200: {
            description: 'The answer.',
            content: contentOf(route.gives),
          },
          default: { description: 'What went wrong, and what to do.' },
        },
      },
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: `Glyphlab: ${model.name}`, version: String(model.version) },
    paths,
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
  }
}
