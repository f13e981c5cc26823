import { useCallback, useEffect, useRef, useState } from 'react'

const stretchOf = (text: string | null): [number, number] | null => {
  const [low, high] = (text ?? '').split('..').map(Number)
  return low !== undefined && high !== undefined && low < high ? [low, high] : null
}

const settleMs = 250

/** The stretch of x on view. It moves at once; the address follows when it has come to rest. */
export function useZoom(
  text: string | null,
  onText: (text: string | null) => void,
): [[number, number] | null, (range: [number, number] | null) => void] {
  const [range, setRange] = useState(() => stretchOf(text))
  const written = useRef(text)
  const save = useRef(onText)
  save.current = onText
  useEffect(() => {
    if (text === written.current) return
    written.current = text
    setRange(stretchOf(text))
  }, [text])
  useEffect(() => {
    const next = range ? range.map((end) => Number(end.toPrecision(10))).join('..') : null
    if (next === written.current) return
    const timer = setTimeout(() => {
      written.current = next
      save.current(next)
    }, settleMs)
    return () => clearTimeout(timer)
  }, [range])
  return [range, useCallback((next) => setRange(next), [])]
}
