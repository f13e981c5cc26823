import { readFile } from 'node:fs/promises'
import path from 'node:path'
import ts from 'typescript'
import { root } from './paths.ts'

const folder = path.join(root, 'core', 'tracking', 'client')
/** What a script sees of the client, in the order in which it is declared. */
const sources = ['run.ts', 'glyphlab.ts']

function declarationsOf(name: string, source: string): string {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(source, {
    fileName: path.join(folder, name),
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      newLine: ts.NewLineKind.LineFeed,
    },
  })
  const [fault] = diagnostics
  if (fault)
    throw new Error(`${name} can't be declared: ${ts.flattenDiagnosticMessageText(fault.messageText, ' ')}`)
  return outputText
}

/** The client's types as one file that needs no other: `glyphlab.d.mts`, which editors find beside `glyphlab.mjs`. */
export async function clientTypes(): Promise<string> {
  const parts = await Promise.all(
    sources.map(async (name) => declarationsOf(name, await readFile(path.join(folder, name), 'utf8'))),
  )
  const body = parts
    .join('\n')
    .replace(/^import .*\n/gm, '')
    .replace(/^export (type )?\{[^}]*\}.*\n/gm, '')
    // What is private is nobody's business, and names types of other files.
    .replace(/(?:\n[ \t]*\/\*\*(?:(?!\*\/)[\s\S])*\*\/)?\n[ \t]+private [^\n]*;/g, '')
    .replace(
      /(?:\n[ \t]*\/\*\*(?:(?!\*\/)[\s\S])*\*\/)?\n[ \t]+constructor\([^\n]*;/,
      '\n    private constructor();',
    )
    // The compiler declares it a second time, as a property.
    .replace(/\n[ \t]+\[Symbol\.asyncDispose\]: [^\n]*;/, '')
    .replace(/^type /gm, 'export type ')
    .replace('export declare class Run ', 'declare class Run ')
  return `${body.trim()}\nexport type { Run };\n`
}
