import { taskOf } from './service-facts.ts'
import type { DeployTarget, TargetContext } from './targets/target.ts'

/** README.md: what it is, how to check it, and each target's own part with its exact commands. */
export function bundleReadme(
  chosen: readonly { target: DeployTarget; context: TargetContext }[],
  fingerprint: string,
): string {
  const [first] = chosen
  if (!first) return ''
  const { bundle, goldenFiles } = first.context
  const ocr = bundle.kind === 'ocr'
  const what = ocr
    ? `Reads text from pictures: ${bundle.version}, language data ${bundle.digest}.`
    : `${taskOf(bundle.kind)} with **${markdown(bundle.name)}**, version ${bundle.version}, digest ${bundle.digest}.`
  return `# ${ocr ? 'OCR service' : markdown(bundle.name)}

${what}
Exported by Glyphlab on ${bundle.created} for: ${chosen.map(({ target }) => target.title).join(', ')}.

## Check it

\`\`\`sh
node verify.mjs --fingerprint ${fingerprint}
\`\`\`

Each file must be what \`manifest.json\` says, and \`manifest.json\` what the key signed whose fingerprint this is; a changed
file is named. Compare the fingerprint with the one that Glyphlab shows to whoever exported the bundle. In Glyphlab,
\`glyphlab deploy verify DIR\` does the same and has the ${goldenFiles.length} golden inputs answered as well.
\`sbom.cdx.json\` (CycloneDX 1.6) lists what is inside, \`openapi.json\` describes the service.

${chosen.map(({ target, context }) => target.readme(context).trim()).join('\n\n')}

## Measure it

\`\`\`sh
node load-test.mjs http://127.0.0.1:8080 --connections 8 --seconds 10
\`\`\`

It sends \`golden/${goldenFiles[0] ?? ''}\` again and again and prints requests/s, p50 and p99; with \`--json\` as one object.
`
}

/** Text that Markdown shows as it is. */
const markdown = (text: string) => text.replace(/[\\`*_[\]<>#|]/g, '\\$&')
