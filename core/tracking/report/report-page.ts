import { formatTick } from '../../contract/axis-ticks.ts'
import type { Run } from '../../contract/index.ts'
import { escapeHtml } from './escape-html.ts'
import { type ReportCurve, reportChart } from './report-chart.ts'

export interface ReportOptions {
  title: string
  metrics: readonly string[]
  by: 'step' | 'time'
  logarithmic: boolean
  /** 0..1 */
  smoothing: number
  /** Charts that are drawn already, as SVG. */
  pictures: readonly { title: string; svg: string }[]
  /** ms since 1970. */
  madeAt: number
}

/** Okabe and Ito's set, as the window draws runs: for a light and a dark ground. */
const colours = [
  ['#0072b2', '#4aa8e0'],
  ['#d55e00', '#ff8f45'],
  ['#00845f', '#2cc79b'],
  ['#b0507f', '#dd9bbf'],
  ['#a86f00', '#f0b030'],
  ['#2c88c0', '#8ccdf2'],
  ['#7a7200', '#f0e442'],
] as const

function colourRules(count: number): { light: string; dark: string } {
  const pairs = Array.from({ length: count }, (_, place): readonly [string, string] => {
    const hue = Math.round(((place - colours.length) * 137.508 + 20) % 360)
    return colours[place] ?? [`hsl(${hue} 65% 36%)`, `hsl(${hue} 65% 68%)`]
  })
  const rules = (side: 0 | 1) => pairs.map((pair, place) => `.r${place}{--run:${pair[side]}}`).join('')
  return { light: rules(0), dark: rules(1) }
}

const style = `:root{color-scheme:light dark;--ink:#1c2024;--dim:#5b6670;--line:#dfe3e8;--ground:#fff}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1240px;padding:24px;font:14px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
h1{font-size:22px;overflow-wrap:anywhere}h2{font-size:16px;margin:32px 0 8px}small,.dim{color:var(--dim);font-weight:400}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(460px,100%),1fr));gap:16px 24px}
figure{margin:0;min-width:0;break-inside:avoid}figcaption{font-weight:600;overflow-wrap:anywhere}
svg{display:block;width:100%;height:auto;font-size:11px}svg text{fill:var(--dim)}figure img{display:block;max-width:100%;height:auto}.grid{stroke:var(--line);fill:none}
.curve{fill:none;stroke:var(--run);stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}
svg:has(.curve:hover) .curve:not(:hover){opacity:.2}.curve:hover{stroke-width:3}
.frame{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:4px 16px 4px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;max-width:340px;overflow-wrap:anywhere}
thead th{color:var(--dim);font-weight:500;font-size:12px;white-space:nowrap}tbody th{min-width:160px}.facts td{white-space:nowrap}.key{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:8px;background:var(--run)}
@media print{body{max-width:none;padding:0}}`
const darkStyle = ':root{--ink:#e6e9ec;--dim:#9aa5b1;--line:#33383f;--ground:#16181c}'

const moment = (at: number | null): string =>
  at === null ? '–' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** In full where it is short, else to six digits. */
function numberText(value: number | undefined): string {
  if (value === undefined) return '–'
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  const full = String(value)
  return full.length <= 9
    ? full.replace('-', '−')
    : formatTick(Number(value.toPrecision(6)), Math.abs(value) * 1e-5)
}

const table = (head: readonly string[], rows: readonly (readonly string[])[], kind = ''): string =>
  `<div class="frame ${kind}" tabindex="0" role="region" aria-label="${head[0] ?? ''}"><table><thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join('')}</tr></thead><tbody>${rows
    .map(
      ([first = '', ...cells]) =>
        `<tr><th scope="row">${first}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
    )
    .join('')}</tbody></table></div>`

/** As an image, an SVG can run nothing and load nothing, whatever it holds. */
const pictureFigure = ({ title, svg }: { title: string; svg: string }): string =>
  `<figure><img alt="${escapeHtml(title)}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}"></figure>`

/**
 * Runs as one HTML file that opens anywhere: pictures and tables, no script, nothing loaded. Whatever runs are called
 * stays text, and a policy in the page's head forbids all but its own styles.
 */
export function reportPage(
  runs: readonly Run[],
  curvesOf: (metric: string) => readonly ReportCurve[],
  options: ReportOptions,
): string {
  const { title, metrics, by, logarithmic, smoothing, pictures, madeAt } = options
  const rules = colourRules(runs.length)
  const nameOf = (run: Run, place: number) => `<span class="key r${place}"></span>${escapeHtml(run.name)}`
  const charts = metrics
    .map((metric) => ({ metric, curves: curvesOf(metric) }))
    .filter(({ curves }) => curves.some(({ y }) => y.length > 1))
    .map(({ metric, curves }) => reportChart(metric, curves, { logarithmic, smoothing, by }))
  const valueRows = runs.map((run, place) => [
    nameOf(run, place),
    ...metrics.map((metric) => {
      const latest = run.metrics[metric]
      return latest
        ? `${numberText(latest.value)}${latest.count > 1 ? ` <small>${numberText(latest.min)} to ${numberText(latest.max)}</small>` : ''}`
        : '–'
    }),
  ])
  const paramKeys = [...new Set(runs.flatMap((run) => Object.keys(run.params)))].sort()
  const differing = paramKeys.filter((key) => new Set(runs.map((run) => run.params[key])).size > 1)
  const shownParams = runs.length > 1 ? differing : paramKeys
  const equal = paramKeys.length - shownParams.length
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="generator" content="Glyphlab"><title>${escapeHtml(title)}</title>
<style>${style}${rules.light}@media (prefers-color-scheme:dark){${darkStyle}${rules.dark}}</style></head><body><main>
<h1>${escapeHtml(title)}</h1><p class="dim">${runs.length} ${runs.length === 1 ? 'run' : 'runs'}, made by Glyphlab on ${moment(madeAt)}.${smoothing > 0 ? ` Curves of 50 points and more are smoothed (moving average, ${smoothing}).` : ''} Point at a curve to see its run.</p>
${charts.length > 0 ? `<h2>Curves</h2><div class="charts">${charts.join('\n')}</div>` : ''}
${pictures.length > 0 ? `<h2>Charts of runs</h2><div class="charts">${pictures.map(pictureFigure).join('\n')}</div>` : ''}
<h2>Values <small>last, and smallest to largest</small></h2>
${table(['Run', ...metrics.map(escapeHtml)], valueRows)}
<h2>Params${runs.length > 1 ? ' that differ' : ''}${equal > 0 ? ` <small>${equal} more are equal</small>` : ''}</h2>
${
  shownParams.length === 0
    ? '<p class="dim">None.</p>'
    : table(
        ['Run of params', ...shownParams.map(escapeHtml)],
        runs.map((run, place) => [
          nameOf(run, place),
          ...shownParams.map((key) => escapeHtml(run.params[key] ?? '–')),
        ]),
      )
}
<h2>Runs</h2>
${table(
  ['Name', 'Id', 'Experiment', 'Status', 'Started', 'Ended', 'Dataset'],
  runs.map((run, place) => [
    nameOf(run, place),
    run.id,
    escapeHtml(run.experiment),
    run.status,
    moment(run.startTime),
    moment(run.endTime),
    escapeHtml(run.datasetLabel ?? '–'),
  ]),
  'facts',
)}
</main></body></html>
`
}
