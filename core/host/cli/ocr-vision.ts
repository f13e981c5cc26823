import type { Command } from 'commander'
import { costInWords, type FileSource, inDollars } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { secretIn } from './secret-file.ts'
import { decimal, verb } from './verb.ts'

interface VisionFlags {
  keyFile?: string
  address?: string
  price?: number
  agree?: boolean
  remove?: boolean
}

/** Says on stderr what is about to be sent and what that costs. @throws GlyphlabError FORBIDDEN where it is not set up */
export async function tellCost(
  client: EngineClient,
  what: { files?: FileSource[]; pages?: number },
): Promise<void> {
  process.stderr.write(`${costInWords(await client.call('googleVision.cost', what))}\n`)
}

const keyInWords = {
  none: 'There is no key (--key-file FILE).',
  file: 'There is a key.',
  keychain: 'There is a key, encrypted by the keychain.',
  locked: 'There is a key, encrypted by the keychain, which only the desktop app opens.',
}

export function addOcrVisionVerb(ocr: Command): void {
  verb(
    ocr
      .command('google-vision')
      .description(
        'set up Google Cloud Vision as an engine, which sends pages away; without options: how it is set up',
      )
      .option('--key-file <file>', 'a file with an API key; it is copied into the data folder')
      .option('--agree', 'pictures may be sent to the address')
      .option('--address <url>', 'another server of its shape; it needs --agree anew')
      .option('--price <dollars>', 'US dollars for 1,000 pages (default: 1.50)', decimal)
      .option('--remove', 'forget the key, and take the agreement back'),
    async (client, output, { keyFile, address, price, agree, remove }: VisionFlags) => {
      const change = {
        ...(keyFile === undefined ? {} : { key: await secretIn(keyFile, 'key') }),
        ...(address === undefined ? {} : { address }),
        ...(price === undefined ? {} : { pricePerThousand: price }),
        ...(agree === true ? { agree } : {}),
      }
      const status = await (remove
        ? client.call('googleVision.remove', {})
        : Object.keys(change).length > 0
          ? client.call('googleVision.set', change)
          : client.call('googleVision.status', {}))
      const agreed =
        status.agreedAt === null
          ? 'You have not agreed that pictures are sent there (--agree): nothing is.'
          : `You agreed on ${new Date(status.agreedAt).toISOString()} that pictures are sent there.`
      output.line(status, () =>
        [
          `${status.address}, ${inDollars(status.pricePerThousand)} for 1,000 pages. ${agreed}`,
          keyInWords[status.keyKept ?? 'none'],
          status.ready
            ? 'Ready: ocr FILES --engine google-vision'
            : 'It is not offered until both are there.',
        ].join('\n'),
      )
    },
  )
}
