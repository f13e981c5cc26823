/** `healthcheck.mjs`: asks the server whether it can answer; the base image has no curl. */
export const healthcheck = `import { get } from 'node:http'

const port = process.env.PORT || 8080
const host = !process.env.HOST || process.env.HOST === '0.0.0.0' || process.env.HOST === '::' ? '127.0.0.1' : process.env.HOST
const request = get({ host, port, path: '/healthz', timeout: 4000 }, (response) => {
  response.pipe(process.stdout)
  response.on('end', () => process.exit(response.statusCode === 200 ? 0 : 1))
})
request.on('timeout', () => request.destroy(new Error('no answer within 4 s')))
request.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
`
