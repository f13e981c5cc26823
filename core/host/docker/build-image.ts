import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { buildArguments } from '../../deploy/index.ts'
import { bundleManifest, bundleManifestFile } from '../../domain/bundle.ts'
import { docker } from './docker.ts'

const buildLimitMs = 1_800_000

interface BuildHooks {
  signal: AbortSignal
  onLine(line: string): void
  /** `value`: 0..1 */
  onProgress(value: number, message: string): void
}

/** `Step 3/17 : COPY ...` of the classic builder, `#5 [payload 3/6] COPY ...` of BuildKit. */
const step = /^(?:Step|#\d+ \[.*?)\s*(\d+)\/(\d+)(?: :|\]) (.*)$/

/** Builds the image of an exported bundle. @throws GlyphlabError UNAVAILABLE with Docker's last words; CANCELLED */
export async function buildImage(
  directory: string,
  tag: string,
  { signal, onLine, onProgress }: BuildHooks,
): Promise<void> {
  const manifest = bundleManifest.parse(
    JSON.parse(await readFile(path.join(directory, bundleManifestFile), 'utf8')),
  )
  let furthest = 0
  const [verb = '', ...rest] = buildArguments(manifest, tag, directory)
  // The classic builder would leave the container of the step at which it is called off.
  await docker([verb, '--force-rm', ...rest], {
    signal,
    timeoutMs: buildLimitMs,
    onLine(line) {
      onLine(line)
      const [, at, of, what = ''] = step.exec(line) ?? []
      if (at === undefined) return
      furthest = Math.max(furthest, Number(at) / Number(of))
      onProgress(furthest, `Building the image: ${what.slice(0, 80)}`)
    },
  })
}
