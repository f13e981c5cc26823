const titles: Record<string, string> = {
  tesseract: 'Tesseract',
  ppocr: 'PP-OCR',
  'google-vision': 'Google Cloud Vision',
}

/** An engine as a person calls it: the built-in ones have names, recognisers their reference. */
export const engineTitle = (id: string): string => titles[id] ?? id
