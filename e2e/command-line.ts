import path from 'node:path'
import { pinnedNode, root } from '../build/paths.ts'
import { runOrThrow } from '../build/run-command.ts'

/** The command line on a data folder; what it prints on stdout, parsed line by line. */
export function commandLine(home: string) {
  return async <T>(...args: string[]): Promise<T[]> => {
    const cli = path.join(root, 'core', 'host', 'cli.ts')
    const stdout = await runOrThrow(pinnedNode, [cli, ...args, '--json', '--home', home], {
      timeoutMs: 600_000,
    })
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T)
  }
}
