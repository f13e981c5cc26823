// Loads the app named on the command line, as the default app of an Electron download does. It is an ES module with a
// top-level await: from CommonJS, `ready` would fire before an ES module app has loaded.

import { existsSync, readFileSync } from 'node:fs'
import { Module } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron/main'

const preloaded = []
let target
const words = process.argv.slice(1)
while (words.length > 0 && target === undefined) {
  const word = words.shift()
  if (word === '-r' || word === '--require') preloaded.push(words.shift())
  else if (word.startsWith('--app=')) target = word.slice('--app='.length)
  else if (!word.startsWith('-')) target = word
}

if (preloaded.length > 0) Module._preloadModules(preloaded)
if (target === undefined) {
  console.error('usage: electron <folder or file of an app>')
  process.exit(1)
}

Object.defineProperty(process, 'defaultApp', { configurable: false, enumerable: true, value: true })
const appPath = path.resolve(target)
const manifestPath = path.join(appPath, 'package.json')
if (existsSync(manifestPath)) {
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'))
  if (manifest.version) app.setVersion(manifest.version)
  app.name = manifest.productName ?? manifest.name ?? app.name
}
const entry = Module._resolveFilename(appPath, null, true)
app.setAppPath(existsSync(manifestPath) ? appPath : path.dirname(entry))
await import(pathToFileURL(entry).href)
