import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { packageClosure } from './package-files.ts'
import { nodeModules, root } from './paths.ts'

/** What of the development dependencies ends up in the window's bundle. */
const bundledInPage = [
  '@mantine/core',
  '@mantine/hooks',
  '@mantine/spotlight',
  '@tanstack/react-virtual',
  'lucide-react',
  'react',
  'react-dom',
  'recharts',
  'wouter',
  'zustand',
]

/** Parts that are no npm package of ours, or whose licence npm does not tell. */
const others = `## Node.js
MIT, with the notices of its parts in its own LICENSE file. Shipped as the engine's runtime.

## Electron and Chromium
MIT (Electron) and the licences in \`LICENSES.chromium.html\`, which lies beside the packaged program.

## Tesseract's English data (\`eng.traineddata\`)
Apache-2.0, the Tesseract project (tessdata_best, in integers).

## Sample pictures
See \`data/\`: each folder carries its licence.
`

interface Manifest {
  name: string
  version: string
  license?: string
  author?: string | { name: string }
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(name))
  return file ? readFileSync(path.join(folder, file), 'utf8').trim() : ''
}

function section(folder: string): string {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest
  const { name, version, license = 'see its text', author } = manifest
  const by = typeof author === 'string' ? author : author?.name
  const text = licenceText(folder)
  const body = text ? `\n\n\`\`\`\n${text.replaceAll('```', "'''")}\n\`\`\`` : ''
  return `## ${name} ${version}\n${license}${by ? `, ${by.replace(/ ?[<(].*/, '')}` : ''}${body}\n`
}

/** Writes THIRD-PARTY-NOTICES.md from what is installed: everything that ships in the app or in a bundle. */
async function writeNotices(): Promise<void> {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const shipped = Object.keys(manifest.dependencies).filter((name) => name !== 'node')
  const folders = packageClosure([...shipped, ...bundledInPage]).filter(
    (folder) => !path.relative(nodeModules, folder).startsWith('@types'),
  )
  const sections = [...new Set(folders.map(section))].sort()
  const head =
    '# Third-party notices\n\nGlyphlab ships parts by others. Written by `node build/notices.ts`.\n'
  await writeFile(path.join(root, 'THIRD-PARTY-NOTICES.md'), [head, others, ...sections].join('\n'))
  console.log(`${sections.length} packages`)
}

await writeNotices()
