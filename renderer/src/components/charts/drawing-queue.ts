/** A frame has 16 ms; what is left of it belongs to the pointer and the keys. */
const budgetMs = 8

const waiting = new Map<string, () => void>()
let asked = false

function askForFrame(): void {
  if (!asked) requestAnimationFrame(drawSome)
  asked = true
}

function drawSome(): void {
  const from = performance.now()
  asked = false
  for (const [id, draw] of waiting) {
    waiting.delete(id)
    draw()
    if (performance.now() - from > budgetMs) break
  }
  if (waiting.size > 0) askForFrame()
}

/**
 * Draws soon, a few charts a frame, so that a board of many charts never holds up the window. A later drawing of the
 * same id takes the place of one that still waits. Returns what takes it back.
 */
export function drawSoon(id: string, draw: () => void): () => void {
  waiting.set(id, draw)
  askForFrame()
  return () => {
    if (waiting.get(id) === draw) waiting.delete(id)
  }
}
