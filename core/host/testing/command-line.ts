import { execFile } from 'node:child_process'
import path from 'node:path'

const cli = path.join(import.meta.dirname, '..', 'cli.ts')

/** Runs the command line from its sources on a data folder, to its end. */
export function commandLine(
  home: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', cli, ...args, '--home', home],
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}
