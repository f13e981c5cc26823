import type { PageLook } from '../contract/index.ts'
import type { GreyPicture } from './preprocessing/grey-picture.ts'

/** Tiles across and down in which the paper is measured. */
const tiles = 12
/** Pixels looked at in each direction of a tile, at most. */
const perTile = 64

/** What tells a photograph of a page from a scan, each from 0 to 1. */
export interface LookMeasures {
  /** How bright the paper is: the median of the tiles' paper. */
  paper: number
  /** How much darker the paper is in the darker tiles than in the brighter ones, as a part of these. */
  shade: number
  /** Part of the pixels that are neither ink nor paper. */
  between: number
}

/** Ranks of a tile's or the page's greys. */
const paperRank = 0.85
const [darkTile, brightTile] = [0.2, 0.8]

const ranked = (sorted: ArrayLike<number>, rank: number): number =>
  sorted[Math.floor(rank * (sorted.length - 1))] ?? 0

/** Looks at a page's greys, at a few thousand places. */
export function measureLook({ pixels, width, height }: GreyPicture): LookMeasures {
  const papers: number[] = []
  const all: number[] = []
  for (let row = 0; row < tiles; row++) {
    for (let column = 0; column < tiles; column++) {
      const [left, right] = [column, column + 1].map((at) => Math.floor((at * width) / tiles)) as [
        number,
        number,
      ]
      const [top, bottom] = [row, row + 1].map((at) => Math.floor((at * height) / tiles)) as [number, number]
      const [stepX, stepY] = [right - left, bottom - top].map((side) =>
        Math.max(1, Math.ceil(side / perTile)),
      ) as [number, number]
      const greys: number[] = []
      for (let y = top; y < bottom; y += stepY)
        for (let x = left; x < right; x += stepX) greys.push(pixels[y * width + x] as number)
      if (greys.length === 0) continue
      greys.sort((a, b) => a - b)
      papers.push(ranked(greys, paperRank))
      for (const grey of greys) all.push(grey)
    }
  }
  papers.sort((a, b) => a - b)
  const sorted = Uint8Array.from(all).sort()
  const [ink, paper] = [ranked(sorted, 0.005), ranked(sorted, 0.95)]
  const span = paper - ink
  const isBetween = (grey: number) => grey > ink + 0.25 * span && grey < ink + 0.85 * span
  const bright = ranked(papers, brightTile)
  return {
    paper: ranked(papers, 0.5) / 255,
    shade: bright === 0 ? 0 : 1 - ranked(papers, darkTile) / bright,
    between: all.length === 0 ? 0 : all.filter(isBetween).length / all.length,
  }
}

/** A scanner's paper is evenly lit, and of one grey but for the edges of letters. */
const mostShade = 0.08
const mostBetween = 0.25

/** Whether a picture of a page looks scanned (or drawn by a program) or photographed. */
export function lookOf(picture: GreyPicture): PageLook {
  const { shade, between } = measureLook(picture)
  return shade > mostShade || between > mostBetween ? 'photograph' : 'scan'
}
