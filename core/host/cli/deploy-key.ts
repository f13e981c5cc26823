import path from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { addKey, type KeyScope, keyScopes } from '../../serving/api-keys.ts'
import { createOutput } from './output.ts'
import { decimal, type GlobalOptions, integer } from './verb.ts'

interface KeyOptions extends GlobalOptions {
  file: string
  scope: KeyScope[]
  name: string
  rate?: number
  burst?: number
  expires?: string
}

/** `deploy key`: makes an API key for a server. It needs no engine: the key file is the server's own. */
export function addKeyVerb(deploy: Command): void {
  deploy
    .command('key')
    .description('make an API key for a server; the key is shown once, the file keeps its digest')
    .requiredOption('--file <file>', "the server's key file (GLYPHLAB_KEYS_FILE)")
    .addOption(new Option('--scope <scope...>', 'what it may do').choices(keyScopes).default(['predict']))
    .option('--name <name>', 'whose it is', '')
    .option('--rate <number>', 'requests a second in the long run', decimal)
    .option('--burst <number>', 'requests at once', integer)
    .option('--expires <date>', 'its last moment, ISO 8601', moment)
    .option('--json', 'print JSON lines on stdout')
    .action(async (_: unknown, command: Command) => {
      const { file, scope, name, rate, burst, expires, json } = command.optsWithGlobals<KeyOptions>()
      const wanted = { name, scopes: scope, ratePerSecond: rate ?? null, burst: burst ?? null }
      const { key, stored } = await addKey(path.resolve(file), { ...wanted, expires: expires ?? null })
      createOutput(json === true).line(
        { key, ...stored },
        () => `${key}\n\nIt is not shown again. Send it as "Authorization: Bearer <key>".`,
      )
    })
}

function moment(text: string): string {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new InvalidArgumentError('a date is needed, as in 2030-01-31.')
  return new Date(time).toISOString()
}
