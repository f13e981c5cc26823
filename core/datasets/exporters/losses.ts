import type { ExportSample } from '../export-messages.ts'
import { counted } from '../formats/notes.ts'

type Part = 'label' | 'text' | 'value' | 'group' | 'boxes' | 'boxTexts' | 'subset'

const parts: Record<Part, { words: string; has: (sample: ExportSample) => number }> = {
  label: { words: 'class', has: ({ label }) => (label === '' ? 0 : 1) },
  text: { words: 'transcription', has: ({ text }) => (text === null ? 0 : 1) },
  value: { words: 'value', has: ({ value }) => (value === null ? 0 : 1) },
  group: { words: 'group', has: ({ group }) => (group === null ? 0 : 1) },
  boxes: { words: 'box', has: ({ boxes }) => boxes.length },
  boxTexts: { words: 'text of a box', has: ({ boxes }) => boxes.filter(({ text }) => text !== null).length },
  subset: { words: 'subset', has: () => 1 },
}
const many: Partial<Record<Part, string>> = { label: 'classes', boxes: 'boxes', boxTexts: 'texts of boxes' }

/** What of these samples a format without the named parts leaves behind, one warning each. */
export function losses(samples: readonly ExportSample[], lost: readonly Part[]): string[] {
  return lost.flatMap((part) => {
    const { words, has } = parts[part]
    const count = samples.reduce((sum, sample) => sum + has(sample), 0)
    if (count === 0) return []
    if (part === 'subset') return ['The split is not part of this format.']
    return [
      `${counted(count, words, many[part])} ${count === 1 ? 'has' : 'have'} no place in this format and ${count === 1 ? 'was' : 'were'} left out.`,
    ]
  })
}
