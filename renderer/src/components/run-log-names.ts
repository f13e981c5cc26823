/** Of a path inside a folder, or a file's name: whose runs lie there. The engine looks at the bytes. */
const kinds: readonly { pattern: RegExp; title: string }[] = [
  { pattern: /tfevents[^/]*$/, title: 'TensorBoard log' },
  { pattern: /\.wandb$/, title: 'W&B offline runs' },
  { pattern: /(^|\/)meta\.yaml$/, title: 'MLflow folder' },
  { pattern: /(^|\/)(mlflow|mlruns)[^/]*\.(db|sqlite3?)$/i, title: 'MLflow database' },
  { pattern: /(^|\/)optuna[^/]*\.(db|sqlite3?)$/i, title: 'Optuna studies' },
  { pattern: /\.(db|sqlite3?)$/i, title: 'MLflow or Optuna database' },
  {
    pattern: /(^|\/)(dvclive\/|dvc\.yaml$|dvc\.lock$|plots\/metrics\/[^/]+\.tsv$)/,
    title: 'DVC or DVCLive folder',
  },
]

/** What the runs at these paths are called; null where names tell of none. */
export function runLogTitle(paths: readonly string[]): string | null {
  return kinds.find(({ pattern }) => paths.some((path) => pattern.test(path)))?.title ?? null
}

const logTable = /\.(csv|tsv|jsonl|ndjson)$/i
const orderName = /^_?(global_)?(step|iteration|iter|epoch|timestamp|time|wall_time|batch|round)$/i

export const isTable = (name: string): boolean => logTable.test(name)

/**
 * Whether a table counts on over steps or times, as a log of metrics does and a table of labels does not.
 * @param head how the file begins, its first line whole
 */
export function looksLikeLog(name: string, head: string): boolean {
  const [first = ''] = head.replace(/^\ufeff/, '').split(/\r?\n|\r/)
  return namesIn(name, first).some((one) => orderName.test(one))
}

function namesIn(name: string, line: string): string[] {
  if (/\.(csv|tsv)$/i.test(name)) return line.split(/[,;\t]/).map((one) => one.trim().replace(/^"|"$/g, ''))
  // NaN, as Python writes it, is no JSON; the names of the fields are there all the same.
  return [...line.matchAll(/"([^"\\]+)"\s*:/g)].map(([, key = '']) => key)
}
