import { describe, expect, it } from 'vitest'
import { walkFolder } from './file-entries.ts'

type Tree = { [name: string]: Tree | string }

/** A folder as browsers hand it over: entries come in portions of at most 100. */
function folderOf(tree: Tree, name = 'root'): FileSystemDirectoryEntry {
  const entries = Object.entries(tree).map(([child, value]) =>
    typeof value === 'string'
      ? {
          isFile: true,
          isDirectory: false,
          name: child,
          file: (done: (file: File) => void) => done(new File([value], child)),
        }
      : folderOf(value, child),
  )
  const createReader = () => {
    let from = 0
    return {
      readEntries: (done: (portion: unknown[]) => void) => {
        done(entries.slice(from, from + 100))
        from += 100
      },
    }
  }
  return { isFile: false, isDirectory: true, name, createReader } as unknown as FileSystemDirectoryEntry
}

describe('a dropped folder', () => {
  it('gives every file with its path inside the folder, in path order', async () => {
    const found = await walkFolder(
      folderOf({ b: { 'é 🎈.png': '2' }, a: { 'x.png': '1', deep: { 'y.png': '3' } } }),
    )
    expect(found.map(({ path }) => path)).toEqual(['a/deep/y.png', 'a/x.png', 'b/é 🎈.png'])
    expect(await found[0]?.file.text()).toBe('3')
  })

  it('is read to its end though it lists 100 entries at a time', async () => {
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`${index}.png`, 'x']))
    expect(await walkFolder(folderOf({ many }))).toHaveLength(250)
  })

  it('may be empty', async () => {
    expect(await walkFolder(folderOf({}))).toEqual([])
  })
})
