const names = new Set([
  '.ds_store',
  'thumbs.db',
  'desktop.ini',
  '__macosx',
  '.ipynb_checkpoints',
  '.git',
  '.svn',
  '@eadir',
  '.appledouble',
  '$recycle.bin',
])

/** Files and folders that operating systems and tools leave behind: never samples, never part of a fingerprint. */
export function isJunk(name: string): boolean {
  return names.has(name.toLowerCase()) || name.startsWith('._')
}
