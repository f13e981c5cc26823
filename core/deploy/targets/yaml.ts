import { Document } from 'yaml'

/** A value as YAML with a first line that says what it is; every string is quoted where YAML would read something else. */
export function yamlFile(comment: string, ...values: object[]): string {
  const documents = values.map((value) =>
    new Document(value, { aliasDuplicateObjects: false }).toString({ lineWidth: 0 }),
  )
  return `# ${comment}\n${documents.join('---\n')}`
}
