import { createHash } from 'node:crypto'
import type { BundleManifest } from '../domain/bundle.ts'

/** `glyphlab-` and this leave room, in a DNS label of 63 characters, for what Kubernetes appends to a name. */
const longestSlug = 36

/**
 * The name of a model as Docker, Compose and Kubernetes all take it: `glyphlab-<name>` in lower-case ASCII, a DNS label.
 * Where the name loses letters on the way, a mark of the whole name keeps two models apart that would end up the same.
 */
export function serviceName({ name }: Pick<BundleManifest, 'name'>): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
  const slug = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '')
  const lost = slug.length > longestSlug || /[^\P{L}a-z]|[^\P{N}0-9]/u.test(plain)
  if (!lost) return `glyphlab-${slug || 'model'}`
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 6)
  return `glyphlab-${[slug.slice(0, longestSlug).replace(/-+$/, ''), mark].filter(Boolean).join('-')}`
}

/**
 * A version as an image's tag and a label's value: `3`; an engine's name, which stays the same when its data change, with
 * the first digits of their digest: `tesseract-0a1b2c3d`.
 */
export function versionTag({ version, digest }: Pick<BundleManifest, 'version' | 'digest'>): string {
  if (typeof version === 'number') return String(version)
  const engine = version
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .slice(0, 50)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
  return [engine, digest.slice(0, 8)].filter(Boolean).join('-')
}

/** `glyphlab-<name>:<version>` */
export const imageTag = (bundle: Pick<BundleManifest, 'name' | 'version' | 'digest'>): string =>
  `${serviceName(bundle)}:${versionTag(bundle)}`
