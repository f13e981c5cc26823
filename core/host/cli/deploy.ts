import path from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { verifiedBundle } from '../../contract/index.ts'
import { addKeyVerb } from './deploy-key.ts'
import { addLocalVerbs } from './deploy-local.ts'
import { addLogVerbs } from './deploy-log.ts'
import { followJob } from './output.ts'
import { verb } from './verb.ts'

interface ExportOptions {
  target: string[]
  option: Record<string, string>
  with?: string[]
  out: string
}

const names = (text: string) =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)

function collectOption(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('write it as target.option=value.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

export function addDeployVerbs(program: Command): void {
  const deploy = program
    .command('deploy')
    .description('write and check deploy bundles, and keys for their servers')
  addKeyVerb(deploy)
  addLocalVerbs(deploy)
  addLogVerbs(deploy)
  verb(
    deploy
      .command('export')
      .description('write a bundle that serves a model, or the OCR engine (`ocr`)')
      .argument('<model>', 'name@alias, name/version, name, or ocr')
      .option('--target <targets>', 'kinds of bundle, separated by commas; see deploy targets', names, [
        'docker',
      ])
      .option(
        '--option <target.option=value>',
        'an option of a target; may be given again',
        collectOption,
        {},
      )
      .option('--with <version...>', 'further versions of the model, for a canary')
      .requiredOption('--out <folder>', 'a new or empty folder'),
    async (client, output, reference: string, options: ExportOptions) => {
      const { target, option, with: further = [], out } = options
      const { jobId } = await client.call('deploy.export', {
        reference,
        targets: target,
        options: option,
        directory: path.resolve(out),
        further,
      })
      const { result } = await followJob(client, jobId, output)
      output.line(
        result,
        () =>
          `Bundle written to ${result?.['directory']} (${sizeText(result ?? {})}), signed by ${result?.['fingerprint']}. Its README.md says how to build and run it.`,
      )
    },
  )
  verb(
    deploy.command('targets').description('list what a bundle can be made for, with the options of each'),
    async (client, output) => {
      for (const target of await client.call('deploy.targets', {})) {
        output.line(target, () =>
          [
            `${target.id}: ${target.description}`,
            ...target.options.map(
              ({ key, title, default: value }) => `  ${target.id}.${key}=${value}  ${title}`,
            ),
          ].join('\n'),
        )
      }
    },
  )
  verb(
    deploy
      .command('verify')
      .description("check a bundle's files, signature and golden answers")
      .argument('<folder>', 'an exported bundle')
      .option('--fingerprint <SHA256:...>', 'of the key that must have signed it; otherwise your own'),
    async (client, output, folder: string, { fingerprint }: { fingerprint?: string }) => {
      const { jobId } = await client.call('deploy.verify', { directory: path.resolve(folder), fingerprint })
      const { result } = await followJob(client, jobId, output)
      const check = verifiedBundle.parse(result)
      const signature = check.trusted ? 'a signature that you trust' : `a signature by a key of somebody else`
      output.line(check, () =>
        check.problems.length > 0
          ? check.problems.join('\n')
          : `${check.files} files are as they were exported, with ${signature} (${check.fingerprint}); ${check.golden} golden answers were given again.`,
      )
      return check.problems.length === 0
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
