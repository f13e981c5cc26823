/**
 * `verify.mjs`: compares every file with manifest.json, and manifest.json with its signature. In the image's build
 * (`--image`) it looks at what the image holds, and at the platform.
 */
export const verify = `import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const usage = 'node verify.mjs [--fingerprint SHA256:...] [--image]'
const root = import.meta.dirname
const args = process.argv.slice(2)
const inImage = args.includes('--image')
const at = args.indexOf('--fingerprint')
const trusted = at === -1 ? undefined : args[at + 1]
if (at !== -1 && !trusted) {
  console.error(usage)
  process.exit(2)
}
const problems = []

// The image holds no more; the server checks the golden answers by answering them.
const carried = (path) => /^(server|model|tessdata|versions)\\//.test(path) || /^[\\w-]+\\.mjs$/.test(path)
const bytes = readFileSync(join(root, 'manifest.json'))
const manifest = JSON.parse(bytes.toString())
const files = manifest.files.filter(({ path }) => !inImage || (carried(path) && path !== 'load-test.mjs'))

for (const { path, sha256 } of files) {
  try {
    const found = createHash('sha256').update(readFileSync(join(root, path))).digest('hex')
    if (found !== sha256) problems.push(path + ': changed since the export')
  } catch (error) {
    problems.push(path + ': can not be read (' + error.code + ')')
  }
}

let fingerprint = ''
try {
  const key = createPublicKey(readFileSync(join(root, 'signing-key.pem')))
  const der = key.export({ type: 'spki', format: 'der' })
  fingerprint = 'SHA256:' + createHash('sha256').update(der).digest('base64').replace(/=+$/, '')
  const signature = Buffer.from(readFileSync(join(root, 'manifest.json.sig'), 'utf8'), 'base64')
  if (!verify(null, bytes, key, signature)) problems.push('manifest.json: not what its signature was made for')
  else if (trusted && trusted !== fingerprint) problems.push('signing-key.pem: another key than ' + trusted + ', ' + fingerprint)
} catch (error) {
  problems.push('manifest.json.sig: the signature can not be checked (' + error.message + ')')
}

const here = process.platform + '/' + (process.arch === 'x64' ? 'amd64' : process.arch)
if (inImage && manifest.platform !== 'any' && manifest.platform !== here) {
  problems.push('the packages in this bundle run on ' + manifest.platform + ', and this is ' + here + ': build with --platform ' + manifest.platform)
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log(files.length + ' files are as they were exported, signed by ' + fingerprint)
`
