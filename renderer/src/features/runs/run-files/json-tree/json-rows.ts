import { type Json, notFiniteMark } from './json-text.ts'

type Step = string | number
export type JsonPath = readonly Step[]

export interface JsonRow {
  /** Of the value, and for a part of a long list, of its first. */
  path: JsonPath
  /** What opens and closes it. */
  id: string
  /** The key it has where it lies; '' of the whole. */
  name: string
  depth: number
  /** Null for what can't be opened. */
  isOpen: boolean | null
  text: string
  kind: 'container' | 'part' | 'text' | 'number' | 'word'
}

/** Longer lists are shown in parts of so many. */
const partSize = 200
const textAtMost = 400

export const idOf = (path: JsonPath): string => JSON.stringify(path)

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
const isContainer = (value: Json): value is readonly Json[] | { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null

function steps(value: Json): readonly Step[] {
  if (!isContainer(value)) return []
  return isList(value) ? Array.from(value.keys()) : Object.keys(value)
}

const inside = (value: Json, step: Step): Json =>
  isContainer(value) ? ((value as Record<Step, Json>)[step] ?? null) : null

export const valueAt = (root: Json, path: JsonPath): Json => path.reduce<Json>(inside, root)

/** As it stands in a row: lists by how much is in them, long texts cut. */
function textOf(value: Json): Pick<JsonRow, 'text' | 'kind'> {
  if (typeof value === 'string') {
    if (value.startsWith(notFiniteMark)) return { kind: 'number', text: value.slice(1) }
    const cut = value.length > textAtMost
    return { kind: 'text', text: JSON.stringify(cut ? value.slice(0, textAtMost) : value) + (cut ? '…' : '') }
  }
  if (typeof value === 'number') return { kind: 'number', text: String(value) }
  if (!isContainer(value)) return { kind: 'word', text: String(value) }
  const count = isList(value) ? value.length : Object.keys(value).length
  return { kind: 'container', text: isList(value) ? `[${count}]` : `{${count}}` }
}

/** The rows of all that is open. */
export function rowsOf(root: Json, open: ReadonlySet<string>): JsonRow[] {
  const rows: JsonRow[] = []
  const add = (value: Json, path: JsonPath, depth: number) => {
    const id = idOf(path)
    const canOpen = isContainer(value)
    const isOpen = canOpen && open.has(id)
    const name = path.length === 0 ? '' : String(path.at(-1))
    rows.push({ path, id, name, depth, isOpen: canOpen ? isOpen : null, ...textOf(value) })
    if (!isOpen) return
    const all = steps(value)
    if (all.length <= partSize) {
      for (const step of all) add(inside(value, step), [...path, step], depth + 1)
      return
    }
    for (let from = 0; from < all.length; from += partSize) {
      const to = Math.min(all.length, from + partSize)
      const part = partId(id, from)
      const isPartOpen = open.has(part)
      const first = all[from] as Step
      rows.push({
        path: [...path, first],
        id: part,
        name: `${from} … ${to - 1}`,
        depth: depth + 1,
        isOpen: isPartOpen,
        text: typeof first === 'string' ? `${first} … ${all[to - 1]}` : '',
        kind: 'part',
      })
      if (isPartOpen)
        for (const step of all.slice(from, to)) add(inside(value, step), [...path, step], depth + 2)
    }
  }
  add(root, [], 0)
  return rows
}

const partId = (id: string, from: number): string => `${id} ${from}`

/** All that has to be open for a row to be seen. */
export function openFor(root: Json, path: JsonPath): string[] {
  const ids: string[] = []
  let value = root
  for (const [depth, step] of path.entries()) {
    const id = idOf(path.slice(0, depth))
    ids.push(id)
    const all = steps(value)
    if (all.length > partSize) {
      const place = typeof step === 'number' ? step : all.indexOf(step)
      ids.push(partId(id, place - (place % partSize)))
    }
    value = inside(value, step)
  }
  return ids
}

/** Keys and values that hold a text, in order, capitals or not. Gives way now and then. */
export async function findIn(
  root: Json,
  text: string,
  { atMost, signal }: { atMost: number; signal: AbortSignal },
): Promise<JsonPath[]> {
  const wanted = text.toLowerCase()
  const found: JsonPath[] = []
  let since = performance.now()
  const look = async (value: Json, path: JsonPath): Promise<void> => {
    if (found.length >= atMost || signal.aborted) return
    if (performance.now() - since > 12) {
      await new Promise((resolve) => setTimeout(resolve))
      since = performance.now()
    }
    const name = path.at(-1)
    const isNamed = typeof name === 'string' && name.toLowerCase().includes(wanted)
    const isValue = !isContainer(value) && String(value).toLowerCase().includes(wanted)
    if (isNamed || isValue) found.push(path)
    if (isList(value))
      for (const [place, one] of value.entries()) {
        // Long lists of numbers are gone through without a promise for each.
        if (isContainer(one)) await look(one, [...path, place])
        else if (found.length < atMost && String(one).toLowerCase().includes(wanted))
          found.push([...path, place])
      }
    else if (isContainer(value))
      for (const key of Object.keys(value)) await look(inside(value, key), [...path, key])
  }
  await look(root, [])
  return found
}

/** `$.layers[0]["two words"]` */
export const pathText = (path: JsonPath): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === 'number'
        ? `${text}[${step}]`
        : /^[A-Za-z_$][\w$]*$/.test(step)
          ? `${text}.${step}`
          : `${text}[${JSON.stringify(step)}]`,
    '$',
  )
