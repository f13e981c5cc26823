import type { Run } from '../../../../../core/contract/index.ts'
import type { ParamRow } from '../run-columns.ts'

const codeTags: Record<string, string> = {
  'mlflow.source.git.commit': 'Git commit',
  'mlflow.source.git.branch': 'Git branch',
  'mlflow.source.git.repoURL': 'Git repository',
  'mlflow.source.git.dirty': 'Git uncommitted changes',
  'mlflow.source.git.diff': 'Git diff',
  'mlflow.source.name': 'Started by',
  'dataset.git.commit': "Dataset's git commit",
}
const environmentParam = 'environment.'

/** `numpy==2.1.0`, or as conda writes it, `numpy=2.1.0=build`. */
const pinned = /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*={1,3}\s*([^\s;=]+)/

function flattened(name: string, value: unknown, into: Map<string, string>): void {
  if (value === null || value === undefined) return
  if (Array.isArray(value)) {
    const parts = value.map((one) => (typeof one === 'string' ? pinned.exec(one) : null))
    value.forEach((one, place) => {
      const part = parts[place]
      if (part?.[1] && part[2]) into.set(`${name}.${part[1].toLowerCase()}`, part[2])
      else if (typeof one === 'object') flattened(`${name}.${place}`, one, into)
    })
    const others = value.filter((one, place) => !parts[place] && typeof one !== 'object')
    if (others.length > 0) into.set(name, others.join(', '))
    return
  }
  if (typeof value === 'object')
    for (const [key, inner] of Object.entries(value))
      flattened(name === '' ? key : `${name}.${key}`, inner, into)
  else into.set(name, String(value))
}

/** From which code and on what a run came, one fact a name: lists of pinned packages are one fact a package. */
export function originFacts(run: Pick<Run, 'tags' | 'params' | 'environment'>): Map<string, string> {
  const facts = new Map<string, string>()
  for (const [tag, name] of Object.entries(codeTags)) {
    const value = run.tags[tag]
    if (value !== undefined) facts.set(name, value)
  }
  flattened('', run.environment ?? {}, facts)
  for (const [key, value] of Object.entries(run.params))
    if (key.startsWith(environmentParam)) facts.set(key.slice(environmentParam.length), value)
  return facts
}

/** The facts of runs side by side: of the code first. */
export function originRows(runs: readonly Pick<Run, 'tags' | 'params' | 'environment'>[]): ParamRow[] {
  const facts = runs.map(originFacts)
  const names = new Set(facts.flatMap((one) => [...one.keys()]))
  const code = Object.values(codeTags).filter((name) => names.delete(name))
  return [...code, ...[...names].sort()].map((key) => {
    const values = facts.map((one) => one.get(key) ?? null)
    return { key, values, differs: new Set(values).size > 1 }
  })
}
