import { create } from 'zustand'
import { type ReadingOptions, readingOptions } from '../../../core/contract/index.ts'

const key = 'glyphlab.read.options'

function kept(): ReadingOptions {
  try {
    return readingOptions.parse(JSON.parse(localStorage.getItem(key) ?? '{}'))
  } catch {
    return readingOptions.parse({})
  }
}

/** How a person wants pages to be read, from now on and in the next session. */
export const useReadingOptions = create<ReadingOptions>()(() => kept())

export function setReadingOptions(options: ReadingOptions): void {
  localStorage.setItem(key, JSON.stringify(options))
  useReadingOptions.setState(options, true)
}
