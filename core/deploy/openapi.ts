import type { BundleManifest } from '../domain/bundle.ts'
import { endpointOf, probes } from './service-facts.ts'

const number = { type: 'number' }
const text = { type: 'string' }

function objectOf(properties: Record<string, object>) {
  return { type: 'object', properties, required: Object.keys(properties) }
}

const answers = {
  'image-classifier': {
    name: 'Prediction',
    summary: 'Which of its labels a picture shows',
    schema: objectOf({
      model: text,
      version: { oneOf: [{ type: 'integer' }, text] },
      digest: text,
      label: text,
      probabilities: {
        type: 'array',
        description: "In the order of the model's labels; they sum to 1.",
        items: objectOf({ label: text, probability: { ...number, minimum: 0, maximum: 1 } }),
      },
      request_id: text,
    }),
  },
  ocr: {
    name: 'Reading',
    summary: 'The text in a picture',
    schema: objectOf({
      text,
      confidence: { type: ['number', 'null'], minimum: 0, maximum: 1 },
      words: { type: 'array', description: 'With boxes in px.', items: { type: 'object' } },
      warnings: { type: 'array', items: { type: ['object', 'string'] } },
      request_id: text,
    }),
  },
}

const binary = { type: 'string', format: 'binary' }
const refusals: Record<string, string> = {
  400: 'Not a picture, or not a request that is understood',
  413: 'Too many bytes or pixels',
  429: 'The queue is full: try again after `Retry-After` seconds',
  503: 'Not ready',
  504: 'It took too long',
}

/** The service's interface as OpenAPI 3.1: `openapi.json`. */
export function openapi({ kind, name, version }: Pick<BundleManifest, 'kind' | 'name' | 'version'>): object {
  const answer = answers[kind]
  const refused = Object.entries(refusals).map(([status, description]) => [
    status,
    { description, content: json({ $ref: '#/components/schemas/Refusal' }) },
  ])
  const probe = (summary: string, mayBeNo: boolean) => ({
    get: {
      summary,
      responses: { 200: { description: 'Yes' }, ...(mayBeNo ? { 503: { description: 'No' } } : {}) },
    },
  })
  return {
    openapi: '3.1.0',
    info: { title: kind === 'ocr' ? 'OCR service' : name, version: String(version) },
    servers: [{ url: '/' }],
    paths: {
      [endpointOf(kind)]: {
        post: {
          operationId: kind === 'ocr' ? 'ocr' : 'predict',
          summary: answer.summary,
          requestBody: {
            required: true,
            content: {
              'multipart/form-data': { schema: objectOf({ image: binary }) },
              'application/octet-stream': { schema: binary },
              ...json(objectOf({ image: { type: 'string', contentEncoding: 'base64' } })),
            },
          },
          responses: {
            200: {
              description: 'The answer',
              content: json({ $ref: `#/components/schemas/${answer.name}` }),
            },
            ...Object.fromEntries(refused),
          },
        },
      },
      [probes.live]: probe('Does the process run?', false),
      [probes.ready]: probe('May requests be sent here?', true),
      [probes.health]: probe('Does the model answer?', true),
      [probes.metrics]: {
        get: {
          summary: 'For Prometheus',
          responses: { 200: { description: 'Metrics', content: { 'text/plain': { schema: text } } } },
        },
      },
      '/': {
        get: {
          summary: 'A page to try it',
          responses: { 200: { description: 'The page', content: { 'text/html': { schema: text } } } },
        },
      },
    },
    components: {
      schemas: {
        [answer.name]: answer.schema,
        Refusal: objectOf({ error: objectOf({ code: text, message: text }), request_id: text }),
      },
    },
  }
}

function json(schema: object) {
  return { 'application/json': { schema } }
}
