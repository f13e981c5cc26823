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

/** A version as an image's tag and a label's value: `3`, `tesseract.js-7.0.0`. */
export function versionTag({ version }: Pick<BundleManifest, 'version'>): string {
  const tag = String(version)
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
  return tag || 'latest'
}

/** `glyphlab-<name>:<version>` */
export const imageTag = (bundle: Pick<BundleManifest, 'name' | 'version'>): string =>
  `${serviceName(bundle)}:${versionTag(bundle)}`
