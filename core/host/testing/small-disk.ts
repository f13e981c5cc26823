import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A real file system of a few MB, which a test can fill to the last block. */
export interface SmallDisk {
  /** The data folder on it. */
  home: string
  freeBytes(): number
  /** Takes all space but `leave` bytes, and again if it is called again. */
  fill(leave?: number): void
  /** Gives back what `fill` took. */
  empty(): void
  /** Every file below a folder of the data folder, by path. */
  files(folder: string): string[]
  unmount(): void
}

export function mountSmallDisk(megabytes: number): SmallDisk {
  const root = mkdtempSync(path.join(tmpdir(), 'glyphlab-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'glyphlab-test', root])
  const home = path.join(root, 'home')
  const ballast = path.join(root, 'ballast')
  const block = Buffer.alloc(4096, 1)
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(root)
    return bavail * bsize
  }
  return {
    home,
    freeBytes,
    fill(leave = 0) {
      const handle = openSync(ballast, 'a')
      try {
        while (freeBytes() > leave) writeSync(handle, block)
        fsyncSync(handle)
      } finally {
        closeSync(handle)
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    files(folder) {
      const top = path.join(home, folder)
      if (!existsSync(top)) return []
      return readdirSync(top, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(top, path.join(entry.parentPath, entry.name)))
        .sort()
    },
    unmount() {
      execFileSync('umount', ['--lazy', root])
      rmdirSync(root)
    },
  }
}

/** Why no small disk can be made here, or nothing. */
export function smallDiskProblem(): string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'needs root on Linux, to mount a small disk'
  try {
    mountSmallDisk(1).unmount()
    return ''
  } catch {
    return 'this machine does not let root mount a small disk'
  }
}
