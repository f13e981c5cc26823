import { createHash } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'

/** The data folder: `--home`, `$GLYPHLAB_HOME`, or the platform's place for applications' data. */
export function resolveHome(chosen: string | undefined): string {
  const home = chosen ?? process.env['GLYPHLAB_HOME']
  if (home) return path.resolve(home)
  switch (process.platform) {
    case 'darwin':
      return path.join(os.homedir(), 'Library', 'Application Support', 'Glyphlab')
    case 'win32':
      return path.join(process.env['LOCALAPPDATA'] ?? path.join(os.homedir(), 'AppData', 'Local'), 'Glyphlab')
    default:
      return path.join(process.env['XDG_DATA_HOME'] ?? path.join(os.homedir(), '.local', 'share'), 'glyphlab')
  }
}

/**
 * Where the engine of a data folder listens: a socket in a folder that only this user can enter (a path of a socket has
 * at most 107 bytes, so it does not lie in the data folder), or a named pipe on Windows, which has no folder.
 */
export function engineSocket(home: string): { socket: string; folder: string | null } {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16)
  if (process.platform === 'win32')
    return { socket: `\\\\.\\pipe\\glyphlab-${os.userInfo().username}-${name}`, folder: null }
  const folder = path.join(process.env['XDG_RUNTIME_DIR'] ?? os.tmpdir(), `glyphlab-${os.userInfo().uid}`)
  return { socket: path.join(folder, `${name}.sock`), folder }
}

/** Where scripts keep what they log until the engine has it: a folder a run. */
export const spoolFolder = (home: string): string => path.join(home, 'spool')
