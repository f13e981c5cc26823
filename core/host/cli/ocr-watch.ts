import path from 'node:path'
import type { Command } from 'commander'
import { GlyphlabError, type PageWatch, parseWay } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { type Output, table } from './output.ts'
import { verb } from './verb.ts'

const lookEveryMs = 300
const pagesAtOnce = 500

interface WatchFlags {
  way?: string
  recursive?: boolean
  existing?: boolean
  once?: boolean
  stop?: boolean
}

/** Prints each page that is read from now on, until Ctrl-C or until it is watched no longer. */
async function follow(client: EngineClient, output: Output, { id }: PageWatch): Promise<void> {
  let ended = false
  const end = () => {
    ended = true
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  const from = Date.now()
  const told = new Set<string>()
  while (!ended) {
    const { items } = await client.call('pages.list', { offset: 0, limit: pagesAtOnce })
    for (const page of items.reverse()) {
      if (page.createdAt < from || page.status === 'waiting' || told.has(page.id)) continue
      told.add(page.id)
      const { text, error, name } = await client.call('pages.get', { pageId: page.id })
      output.line({ pageId: page.id, name, text, error }, () => `== ${name}\n${error?.message ?? text}`)
    }
    if (!(await client.call('pages.watches', {})).some((watch) => watch.id === id)) return
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

export function addOcrWatchVerbs(ocr: Command): void {
  verb(
    ocr
      .command('watch')
      .description(
        'read the pictures that come into a folder: now, and whenever Glyphlab runs; Ctrl-C leaves it so',
      )
      .argument('<folder>', 'nothing is written to it')
      .option('--way <way>', 'how they are read: "ppocr", "tesseract psm=6 preprocess=deskew"')
      .option('--recursive', 'the folders in it too')
      .option('--existing', 'read also what is there already')
      .option('--once', 'do not wait here for what comes')
      .option('--stop', 'watch it no longer; the pages stay'),
    async (client, output, folder: string, { way, recursive, existing, once, stop }: WatchFlags) => {
      const root = path.resolve(folder)
      if (stop) {
        const known = (await client.call('pages.watches', {})).find((watch) => watch.path === root)
        if (!known)
          throw new GlyphlabError('NOT_FOUND', `${root} is not watched. \`ocr watches\` names what is.`)
        await client.call('pages.unwatch', { watchId: known.id })
        output.line({ stopped: root }, () => `${root} is no longer watched.`)
        return
      }
      const options = (() => {
        try {
          return way === undefined ? {} : parseWay(way)
        } catch (cause) {
          throw new GlyphlabError('INVALID_INPUT', cause instanceof Error ? cause.message : String(cause))
        }
      })()
      const watch = await client.call('pages.watch', {
        path: root,
        recursive: recursive === true,
        existing: existing === true,
        ...options,
      })
      output.line(watch, () => `${watch.path} is watched.`)
      if (!once) await follow(client, output, watch)
    },
  )
  verb(ocr.command('watches').description('the folders that are watched'), async (client, output) => {
    const watches = await client.call('pages.watches', {})
    if (output.json) for (const watch of watches) output.line(watch, () => '')
    else
      output.line(null, () =>
        table([
          ['PICTURES', 'FOLDER', 'PROBLEM'],
          ...watches.map(({ files, path: place, problem }) => [String(files), place, problem ?? '']),
        ]),
      )
  })
}
