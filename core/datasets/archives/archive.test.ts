import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createGzip, deflateRawSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archiveKind, expandArchive } from './archive.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-archive-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface ZipEntry {
  name: string | Buffer
  content?: Buffer
  flags?: number
  mode?: number
  crc?: number
}

/** A zip file byte by byte: what no zip program would write, too. */
function zipFile(name: string, entries: ZipEntry[]): string {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { name: given, content = Buffer.from('x'), flags = 0x800, mode = 0o100644, crc } of entries) {
    const raw = Buffer.from(given)
    const data = deflateRawSync(content)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(flags, 2)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc ?? crc32(content), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(raw.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, raw, data])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(mode * 0x10000, 6)
    tail.writeUInt32LE(offset, 10)
    const madeBy = Buffer.from([20, 3])
    central.push(Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), madeBy, common, tail, raw]))
    locals.push(local)
    offset += local.length
  }
  const size = central.reduce((sum, part) => sum + part.length, 0)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  const file = path.join(folder, name)
  writeFileSync(file, Buffer.concat([...locals, ...central, end]))
  return file
}

const quiet = { progress: () => {}, cancelled: () => false }
const home = () => path.join(folder, 'home')

function unpack(file: string, port = quiet) {
  const kind = archiveKind(file)
  if (kind === null) throw new Error(`${file} is no archive`)
  return expandArchive(home(), file, kind, true, port)
}

describe('a zip file', () => {
  it('is unpacked, with names in any alphabet, and removed afterwards', async () => {
    const file = zipFile('set.zip', [{ name: 'cat/ü 🔥.png' }, { name: 'dog\\b.png' }, { name: 'empty/' }])
    const { root, refused, remove } = await unpack(file)
    expect(refused).toEqual([])
    expect(readFileSync(path.join(root, 'cat/ü 🔥.png'), 'utf8')).toBe('x')
    expect(existsSync(path.join(root, 'dog/b.png'))).toBe(true)
    expect(statSync(path.join(root, 'empty')).isDirectory()).toBe(true)
    await remove()
    expect(existsSync(root)).toBe(false)
  })

  it('writes nothing outside its folder, and takes no link, encrypted, repeated, damaged or unwritable entry', async () => {
    const file = zipFile('evil.zip', [
      { name: '../out.png' },
      { name: '/abs.png' },
      { name: 'C:/abs.png' },
      { name: 'a/../../out.png' },
      { name: 'link.png', mode: 0o120777, content: Buffer.from('/etc/passwd') },
      { name: 'secret.png', flags: 0x801 },
      { name: 'twice.png' },
      { name: 'twice.png' },
      { name: 'broken.png', crc: 1 },
      { name: `${'n'.repeat(300)}.png` },
      { name: 'good.png' },
    ])
    const { root, refused } = await unpack(file)
    expect(refused.map(({ path: name, reason }) => `${name.slice(0, 16)}: ${reason}`)).toEqual([
      '../out.png: its name leads out of the archive',
      '/abs.png: its name leads out of the archive',
      'C:/abs.png: its name leads out of the archive',
      'a/../../out.png: its name leads out of the archive',
      'link.png: a symbolic link; links in archives are not followed',
      'secret.png: encrypted; unpack the archive with its password first',
      'twice.png: the archive has this name twice',
      'broken.png: damaged in the archive (its checksum is wrong)',
      'nnnnnnnnnnnnnnnn: its name is too long for this disk',
    ])
    expect(existsSync(path.join(root, 'good.png'))).toBe(true)
    expect(existsSync(path.join(root, 'broken.png'))).toBe(false)
    expect(existsSync(path.join(home(), 'out.png')) || existsSync(path.join(folder, 'out.png'))).toBe(false)
  })

  it('that is a bomb is stopped, and nothing of it stays', async () => {
    const zeros = Buffer.alloc(64 * 1024 ** 2)
    const file = zipFile(
      'bomb.zip',
      Array.from({ length: 17 }, (_, index) => ({ name: `${index}.csv`, content: zeros })),
    )
    await expect(unpack(file)).rejects.toThrow(/bomb\.zip: unpacks to more than 200 times its size/)
    expect(readdirSync(path.join(home(), 'expanded'))).toEqual([])
  }, 60_000)

  it('that is cut short says so by name', async () => {
    const file = zipFile('cut.zip', [{ name: 'a.png' }])
    writeFileSync(file, readFileSync(file).subarray(0, 40))
    await expect(unpack(file)).rejects.toThrow(
      /cut\.zip: the zip file is damaged or cut short .*Fetch it again/,
    )
  })

  it('can be cancelled', async () => {
    const file = zipFile('set.zip', [{ name: 'a.png' }])
    await expect(unpack(file, { ...quiet, cancelled: () => true })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
  })

  it('leads to the one folder that holds everything, unless that is a class or a subset', async () => {
    const rootOf = async (name: string, ...names: string[]) => {
      const { root } = await unpack(
        zipFile(
          name,
          names.map((entry) => ({ name: entry })),
        ),
      )
      return path.basename(root)
    }
    expect(await rootOf('a.zip', 'set/cat/1.png', 'set/dog/1.png', '__MACOSX/._x')).toBe('set')
    expect(await rootOf('b.zip', 'set/labels.csv', 'set/1.png')).toBe('set')
    expect(await rootOf('pets.zip', 'pets/1.png')).toBe('pets')
    expect(await rootOf('c.zip', 'cat/1.png')).toBe('content')
    expect(await rootOf('d.zip', 'train/cat/1.png')).toBe('content')
  })
})

describe('a tar file', () => {
  async function tarFile(name: string): Promise<string> {
    const archive = pack()
    archive.entry({ name: 'set/cat/a.png' }, 'one')
    archive.entry({ name: 'set/link.png', type: 'symlink', linkname: '/etc/passwd' })
    archive.entry({ name: 'set/hard.png', type: 'link', linkname: 'set/cat/a.png' })
    archive.entry({ name: '../out.png' }, 'x')
    archive.entry({ name: 'set/dog/', type: 'directory' })
    archive.finalize()
    const file = path.join(folder, name)
    const bytes = Readable.from(archive as AsyncIterable<Buffer>)
    if (name.endsWith('gz')) await pipeline(bytes, createGzip(), createWriteStream(file))
    else await pipeline(bytes, createWriteStream(file))
    return file
  }

  it.each(['set.tar', 'set.tar.gz', 'set.tgz'])(
    '%s is unpacked; links and names that lead out are refused',
    async (name) => {
      const { root, refused } = await unpack(await tarFile(name))
      expect(readFileSync(path.join(root, 'cat/a.png'), 'utf8')).toBe('one')
      expect(refused.map(({ path: entry }) => entry)).toEqual(['set/link.png', 'set/hard.png', '../out.png'])
    },
  )

  it('that is cut short says so by name', async () => {
    const file = await tarFile('set.tar.gz')
    writeFileSync(file, readFileSync(file).subarray(0, 90))
    await expect(unpack(file)).rejects.toThrow(/set\.tar\.gz: the tar file is damaged or cut short/)
  })
})

describe('what is no archive', () => {
  it('is told apart by its bytes, and other archives are named with a remedy', () => {
    mkdirSync(home())
    const write = (name: string, content: string) => {
      writeFileSync(path.join(folder, name), content)
      return path.join(folder, name)
    }
    expect(archiveKind(write('labels.csv', 'file,label'))).toBeNull()
    expect(() => archiveKind(write('set.rar', 'Rar!'))).toThrow(
      /set\.rar: this kind of archive.*Unpack it and import the folder/,
    )
    expect(() => archiveKind(write('set.zip', ''))).toThrow(/set\.zip: the archive is empty/)
    expect(() => archiveKind(write('set.tar', 'no'))).toThrow(/set\.tar: the archive is damaged/)
  })
})
