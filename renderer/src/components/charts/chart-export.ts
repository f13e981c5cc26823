import { toCsv } from './csv.ts'

const copiedProperties = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linejoin',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
] as const

const svgNamespace = 'http://www.w3.org/2000/svg'
const headHeight = 28
const legendLine = 18

export interface LegendEntry {
  name: string
  colour: string
}

function svgElement(name: string, attributes: Record<string, string | number>, text?: string): SVGElement {
  const element = document.createElementNS(svgNamespace, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  if (text !== undefined) element.textContent = text
  return element
}

/** Colours as they are drawn now: `light-dark()` and CSS variables mean nothing outside the window. */
function resolvedColour(colour: string, within: Element): string {
  const probe = document.createElement('span')
  probe.style.color = colour
  within.append(probe)
  const resolved = getComputedStyle(probe).color
  probe.remove()
  return resolved
}

/**
 * The chart as a file of its own: styles resolved, with ground, title and legend. `curves` is what the window draws on a
 * canvas, in the chart's own px.
 */
export function chartSvg(
  chart: SVGSVGElement,
  title: string,
  legend: readonly LegendEntry[],
  curves?: SVGElement,
): string {
  const { width, height } = chart.getBoundingClientRect()
  const copy = chart.cloneNode(true) as SVGSVGElement
  const originals = [...chart.querySelectorAll('*')]
  const copies = [...copy.querySelectorAll<SVGElement>('*')]
  for (const [index, original] of originals.entries()) {
    const style = getComputedStyle(original)
    for (const property of copiedProperties)
      copies[index]?.style.setProperty(property, style.getPropertyValue(property))
  }
  const parent = chart.parentElement ?? document.body
  const ink = resolvedColour('var(--ink)', parent)
  for (const path of curves?.querySelectorAll<SVGElement>('path') ?? [])
    for (const property of ['fill', 'stroke']) {
      const colour = path.style.getPropertyValue(property)
      if (colour !== '' && colour !== 'none') path.style.setProperty(property, resolvedColour(colour, parent))
    }
  if (curves) copy.append(curves)
  const total = headHeight + height + legend.length * legendLine + 8
  const font = { 'font-family': 'system-ui, sans-serif', 'font-size': 12, fill: ink }
  const file = svgElement('svg', {
    xmlns: svgNamespace,
    width,
    height: total,
    viewBox: `0 0 ${width} ${total}`,
  })
  copy.setAttribute('y', String(headHeight))
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  file.append(
    svgElement('title', {}, title),
    svgElement('rect', { width, height: total, fill: resolvedColour('var(--ground)', parent) }),
    svgElement('text', { ...font, x: 12, y: 19, 'font-weight': 600 }, title),
    copy,
  )
  for (const [index, { name, colour }] of legend.entries()) {
    const y = headHeight + height + index * legendLine
    file.append(
      svgElement('rect', { x: 12, y: y + 5, width: 12, height: 3, fill: resolvedColour(colour, parent) }),
      svgElement('text', { ...font, x: 32, y: y + 11 }, name),
    )
  }
  return new XMLSerializer().serializeToString(file)
}

const pixelRatio = 2

/** @throws Error when the picture can not be drawn */
export async function pngOfSvg(svg: string): Promise<Blob> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.naturalWidth * pixelRatio
  canvas.height = image.naturalHeight * pixelRatio
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) =>
      blob ? resolve(blob) : reject(new Error('The chart could not be drawn as PNG.')),
    ),
  )
}

/** Saves bytes under a name, as a download. */
export function saveFile(content: Blob | string, name: string, type: string): void {
  const blob = typeof content === 'string' ? new Blob([content], { type }) : content
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name.replaceAll(/[/\\:*?"<>|\p{Cc}]/gu, '_')
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** All points of the chart, one a line: the curve's name, x, value. */
export function chartCsv(
  xTitle: string,
  series: readonly { name: string; x: ArrayLike<number>; y: ArrayLike<number> }[],
): string {
  return toCsv(
    ['series', xTitle, 'value'],
    series.flatMap(({ name, x, y }) =>
      Array.from(x, (at, index): [string, number, number] => [name, at, y[index] ?? Number.NaN]),
    ),
  )
}
