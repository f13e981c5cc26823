import { Button, SegmentedControl } from '@mantine/core'
import { useReducedMotion } from '@mantine/hooks'
import { useEffect, useState } from 'react'

export const pictureModes = ['slider', 'blink', 'difference'] as const
export type PictureMode = (typeof pictureModes)[number]

interface PairProps {
  /** Addresses of both pictures, and whose they are. */
  urls: [string, string]
  names: [string, string]
}

function Slider({ urls, names }: PairProps) {
  const [at, setAt] = useState(50)
  return (
    <>
      <div className="picture-pair">
        <img src={urls[0]} alt={names[0]} />
        <img src={urls[1]} alt={names[1]} style={{ clipPath: `inset(0 0 0 ${at}%)` }} />
        <div className="picture-divide" style={{ left: `${at}%` }} />
      </div>
      <label className="picture-range">
        <span className="truncate">{names[0]}</span>
        <input
          type="range"
          min={0}
          max={100}
          value={at}
          aria-label={`Divide between ${names.join(' and ')}`}
          onChange={(event) => setAt(Number(event.currentTarget.value))}
        />
        <span className="truncate">{names[1]}</span>
      </label>
    </>
  )
}

const blinkMs = 700

function Blink({ urls, names }: PairProps) {
  const still = useReducedMotion()
  const [second, setSecond] = useState(false)
  const [running, setRunning] = useState(!still)
  useEffect(() => {
    if (!running) return
    const timer = setInterval(() => setSecond((before) => !before), blinkMs)
    return () => clearInterval(timer)
  }, [running])
  return (
    <>
      <div className="picture-pair">
        <img src={urls[0]} alt={names[0]} hidden={second} />
        <img src={urls[1]} alt={names[1]} style={{ visibility: second ? 'visible' : 'hidden' }} />
      </div>
      <div className="picture-range">
        <Button size="compact-xs" variant="default" onClick={() => setRunning(!running)}>
          {running ? 'Pause' : 'Blink'}
        </Button>
        <SegmentedControl
          aria-label="Picture on view"
          value={second ? '1' : '0'}
          onChange={(value) => {
            setRunning(false)
            setSecond(value === '1')
          }}
          data={names.map((label, place) => ({ label, value: String(place) }))}
        />
      </div>
    </>
  )
}

/** Two pictures over one another: parted by a slider, in turn, or what differs between them. */
export function PicturePair({ mode, ...pair }: PairProps & { mode: PictureMode }) {
  switch (mode) {
    case 'slider':
      return <Slider {...pair} />
    case 'blink':
      return <Blink {...pair} />
    case 'difference':
      return (
        <>
          <div className="picture-pair picture-difference">
            <img src={pair.urls[0]} alt={pair.names[0]} />
            <img src={pair.urls[1]} alt={`What differs from ${pair.names[1]}`} />
          </div>
          <p className="dim">Black where both are equal.</p>
        </>
      )
  }
}
