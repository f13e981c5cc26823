/** `npm run setup:webgpu`: installs the `webgpu` backend's packages into a cache of this checkout. */
import path from 'node:path'
import { backendById } from '../core/training/backends/index.ts'
import { installPackages } from '../core/training/backends/install-packages.ts'
import { checkoutCache } from '../core/training/backends/installed-package.ts'
import { root } from './paths.ts'

const id = 'webgpu'
const { install } = backendById(id)
if (install === null) throw new Error(`${id} is built in.`)
const target = path.join(root, checkoutCache(id))
await installPackages({
  id,
  install,
  recipe: path.join(root, 'core/training/backends/packages', id),
  target,
  signal: new AbortController().signal,
  onProgress: () => {},
  onLine: console.log,
})
console.log(`${install.packages.join(', ')} are in ${target}`)
