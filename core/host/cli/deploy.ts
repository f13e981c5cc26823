import path from 'node:path'
import type { Command } from 'commander'
import { addKeyVerb } from './deploy-key.ts'
import { addLocalVerbs } from './deploy-local.ts'
import { addLogVerbs } from './deploy-log.ts'
import { followJob } from './output.ts'
import { verb } from './verb.ts'

export function addDeployVerbs(program: Command): void {
  const deploy = program.command('deploy').description('write deploy bundles, and keys for their servers')
  addKeyVerb(deploy)
  addLocalVerbs(deploy)
  addLogVerbs(deploy)
  verb(
    deploy
      .command('export')
      .description('write a bundle that serves a model, or the OCR engine (`ocr`)')
      .argument('<model>', 'name@alias, name/version, name, or ocr')
      .option('--target <target>', 'kind of bundle', 'docker')
      .option('--with <version...>', 'further versions of the model, for a canary')
      .requiredOption('--out <folder>', 'a new or empty folder'),
    async (client, output, reference: string, options: { target: string; with?: string[]; out: string }) => {
      const { target, with: further = [], out } = options
      const { jobId } = await client.call('deploy.export', {
        reference,
        target,
        directory: path.resolve(out),
        further,
      })
      const { result } = await followJob(client, jobId, output)
      output.line(
        result,
        () =>
          `Bundle written to ${result?.['directory']} (${sizeText(result ?? {})}). Its README.md says how to build and run it.`,
      )
    },
  )
}

/** How large a bundle is, and how much of it is onnxruntime's. */
function sizeText({ totalBytes, runtimeBytes }: Record<string, unknown>): string {
  const megabytes = (bytes: unknown) => `${(Number(bytes) / 1e6).toFixed(1)} MB`
  return Number(runtimeBytes) > 0
    ? `${megabytes(totalBytes)}, ${megabytes(runtimeBytes)} of it onnxruntime, which answers here`
    : megabytes(totalBytes)
}
