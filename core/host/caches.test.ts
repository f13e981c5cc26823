import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Caches } from './caches.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'glyphlab-caches-'))
  for (const [name, age] of [
    ['old', 300],
    ['middle', 200],
    ['new', 100],
  ] as const) {
    const file = path.join(home, 'cache', 'tensors', `${name}.pixels`)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, Buffer.alloc(1000))
    const at = new Date(Date.now() - age * 1000)
    await utimes(file, at, at)
  }
  await mkdir(path.join(home, 'cache', 'thumbnails', 'ab'), { recursive: true })
  await writeFile(path.join(home, 'cache', 'thumbnails', 'ab', 'abc-256.webp'), Buffer.alloc(10))
})
afterEach(() => rm(home, { recursive: true }))

const silent = pino({ level: 'silent' })
const tensors = async () => (await readdir(path.join(home, 'cache', 'tensors'))).sort()

test('what was used least recently goes when a cache is over its bound', async () => {
  const caches = new Caches(home, silent, { tensors: 2500, thumbnails: 1000 })
  await caches.trim()
  caches.close()
  expect(await tensors()).toEqual(['middle.pixels', 'new.pixels'])
  expect(await caches.usage()).toEqual([
    { cache: 'tensors', bytes: 2000, files: 2, mostBytes: 2500 },
    { cache: 'thumbnails', bytes: 10, files: 1, mostBytes: 1000 },
  ])
})

test('all of them are emptied at once, and a folder that is not there yet is an empty cache', async () => {
  const caches = new Caches(home, silent)
  caches.close()
  expect(await caches.clear()).toBe(3010)
  expect(await tensors()).toEqual([])
  await rm(path.join(home, 'cache'), { recursive: true })
  expect((await caches.usage()).map(({ bytes }) => bytes)).toEqual([0, 0])
  expect(await caches.clear()).toBe(0)
})
