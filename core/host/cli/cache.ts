import type { Command } from 'commander'
import { verb } from './verb.ts'

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`

export function addCacheVerbs(program: Command): void {
  const cache = program
    .command('cache')
    .description('decoded pictures and thumbnails, which can be made again')
  verb(cache.command('list').description('what each takes, and what it may take'), async (client, output) => {
    for (const usage of await client.call('engine.caches', {})) {
      const { bytes, files, mostBytes } = usage
      output.line(usage, () =>
        [usage.cache, gigabytes(bytes), `of ${gigabytes(mostBytes)}`, `${files} files`].join('\t'),
      )
    }
  })
  verb(cache.command('clear').description('empty them'), async (client, output) => {
    const freed = await client.call('engine.clearCaches', {})
    output.line(freed, () => `${gigabytes(freed.freedBytes)} freed.`)
  })
}
