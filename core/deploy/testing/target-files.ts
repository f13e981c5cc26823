import type { BundleManifest } from '../../domain/bundle.ts'
import { chooseTargets, deployTargets } from '../targets/index.ts'
import { resolveOptions, type TargetOptions } from '../targets/options.ts'
import type { BundleFile } from '../targets/target.ts'

type Bundle = Omit<BundleManifest, 'files'>

export function describedBundle(changes: Partial<Bundle> = {}): Bundle {
  return {
    format: 'glyphlab-bundle/1',
    targets: deployTargets.map(({ id }) => id),
    kind: 'image-classifier',
    name: 'Hand signs',
    version: 3,
    digest: 'ab'.repeat(32),
    platform: 'linux/amd64',
    created: '2026-01-02T03:04:05.000Z',
    ...changes,
  }
}

/** The files that every target writes for a bundle, by path. */
export function targetFiles(bundle: Bundle, given: TargetOptions = {}): Map<string, BundleFile> {
  const targets = chooseTargets(bundle.targets)
  const options = resolveOptions(targets, given)
  const files = targets.flatMap((target) =>
    target.files({
      bundle,
      directory: '/somewhere/bundle',
      goldenFiles: ['input-001.jpg'],
      exampleFile: 'model/input-example.jpg',
      option: (key) => options.get(`${target.id}.${key}`) ?? '',
      has: (id) => targets.some((other) => other.id === id),
    }),
  )
  return new Map(files.map((file) => [file.path, file]))
}
