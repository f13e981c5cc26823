/** Browsers cut an element off at about 33 million physical px; with two physical px to one of CSS this is safe. */
const tallestPx = 15_000_000

export interface RowGeometry {
  count: number
  /** px */
  rowHeight: number
  /** Above the first and below the last row, px. */
  padding: number
  /** Height of what is on view, px. */
  viewHeight: number
}

/**
 * Rows of one height in a scrolled area of any length. Where the rows together are taller than a browser can lay out,
 * the area is shortened and scrolling covers more rows: `scale` px of rows for each px scrolled.
 */
export function tallRows({ count, rowHeight, padding, viewHeight }: RowGeometry) {
  const whole = count * rowHeight + 2 * padding
  const height = Math.min(whole, tallestPx)
  const scale = whole <= tallestPx || height <= viewHeight ? 1 : (whole - viewHeight) / (height - viewHeight)
  return {
    /** Of the scrolled area, px. */
    height,
    scale,
    /** First and last row (included) to draw at a scroll position, with `overscan` rows more on either side. */
    range(scrollTop: number, overscan: number): [first: number, last: number] {
      const start = scrollTop * scale - padding
      const first = Math.min(count, Math.max(0, Math.floor(start / rowHeight) - overscan))
      return [first, Math.min(count - 1, Math.floor((start + viewHeight) / rowHeight) + overscan)]
    },
    /** Where a row stands in the scrolled area, px, at a scroll position. */
    top: (row: number, scrollTop: number): number => padding + row * rowHeight - scrollTop * (scale - 1),
    /** The nearest scroll position that shows the whole row. */
    scrollTo(row: number, scrollTop: number): number {
      const start = row * rowHeight
      const end = start + rowHeight + 2 * padding
      const offset = scrollTop * scale
      if (start < offset) return start / scale
      if (end > offset + viewHeight) return (end - viewHeight) / scale
      return scrollTop
    },
  }
}
