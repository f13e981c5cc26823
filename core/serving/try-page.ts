import { createHash } from 'node:crypto'
import { predictionPath } from '../domain/bundle.ts'
import type { InputExample } from './input-example.ts'
import type { ServedModel } from './served-model.ts'

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.25rem; }
code { overflow-wrap: anywhere; }
label { display: block; padding: 2.5rem 1rem; border: 2px dashed GrayText; border-radius: 8px; text-align: center; cursor: pointer; }
label.over, label:focus-within { border-color: Highlight; }
input[type=file] { display: block; margin: 1rem auto 0; max-width: 100%; }
.key { display: grid; gap: .25rem; padding: 0; margin-bottom: 1rem; border: 0; text-align: start; cursor: auto; }
.key input, .key textarea { font: inherit; padding: .5rem; border: 1px solid GrayText; border-radius: 6px; }
img { display: block; max-width: 100%; max-height: 20rem; margin: 1rem 0; }
img[hidden] { display: none; }
.row { display: grid; grid-template-columns: minmax(4rem, 10rem) 1fr 5rem; gap: .5rem; align-items: center; }
.row span:last-child { text-align: end; font-variant-numeric: tabular-nums; }
meter { width: 100%; }
pre { white-space: pre-wrap; border: 1px solid GrayText; border-radius: 8px; padding: 1rem; }
.error { color: light-dark(#a40000, #ff8a80); }
`

const script = `
const zone = document.querySelector('.zone')
const input = document.querySelector('input[type=file]')
const picture = document.querySelector('img')
const answer = document.querySelector('#answer')
const key = document.querySelector('#key')
const rows = document.querySelector('form')
const example = document.querySelector('#example')
let newest = 0

const authorization = () => (key && key.value.trim() ? { Authorization: 'Bearer ' + key.value.trim() } : {})

function line(className, text) {
  const element = document.createElement(className === 'text' ? 'pre' : 'p')
  element.className = className
  element.textContent = text
  return element
}

function bar({ label, probability }) {
  const row = document.createElement('div')
  row.className = 'row'
  const name = document.createElement('span')
  name.textContent = label
  const meter = document.createElement('meter')
  meter.value = probability
  meter.setAttribute('aria-label', label)
  const value = document.createElement('span')
  value.textContent = (probability * 100).toFixed(2) + ' %'
  row.append(name, meter, value)
  return row
}

function show(file) {
  URL.revokeObjectURL(picture.src)
  picture.src = URL.createObjectURL(file)
  picture.alt = file.name
  picture.hidden = false
}

async function fetchExample() {
  const response = await fetch('/v1/example', { headers: authorization() })
  if (!response.ok) throw new Error((await response.json()).error.message)
  const blob = await response.blob()
  return new File([blob], example.dataset.name, { type: blob.type })
}

async function send(file) {
  const turn = ++newest
  show(file)
  answer.replaceChildren(line('', 'Working ...'))
  const form = new FormData()
  form.append('image', file)
  try {
    const response = await fetch(document.body.dataset.endpoint, {
      method: 'POST',
      body: form,
      headers: authorization(),
    })
    const body = await response.json()
    if (turn !== newest) return
    if (body.error) throw new Error(body.error.message)
    if (body.probabilities) {
      const best = [...body.probabilities].sort((a, b) => b.probability - a.probability).slice(0, 10)
      answer.replaceChildren(line('', body.label), ...best.map(bar))
    } else {
      const confidence = typeof body.confidence === 'number' ? 'Confidence ' + (body.confidence * 100).toFixed(0) + ' %. ' : ''
      answer.replaceChildren(line('text', body.text || 'No text found.'), line('', confidence + (body.warnings || []).join(' ')))
    }
  } catch (error) {
    if (turn === newest) answer.replaceChildren(line('error', error.message))
  }
}

async function sendRows(text) {
  const turn = ++newest
  answer.replaceChildren(line('', 'Working ...'))
  try {
    const response = await fetch(document.body.dataset.endpoint, {
      method: 'POST',
      body: text,
      headers: { 'Content-Type': 'application/json', ...authorization() },
    })
    const body = await response.json()
    if (turn !== newest) return
    if (body.error) throw new Error(body.error.message)
    answer.replaceChildren(
      ...body.predictions.flatMap((row) => [
        line('', 'Row ' + row.line + ': ' + (row.label === null ? row.value : row.label)),
        ...row.notes.map((note) => line('', note)),
        ...[...row.probabilities].sort((a, b) => b.probability - a.probability).slice(0, 10).map(bar),
      ]),
    )
  } catch (error) {
    if (turn === newest) answer.replaceChildren(line('error', error.message))
  }
}

if (rows) {
  rows.addEventListener('submit', (event) => {
    event.preventDefault()
    sendRows(rows.querySelector('textarea').value)
  })
} else {
  input.addEventListener('change', () => input.files[0] && send(input.files[0]))
  for (const type of ['dragover', 'dragleave', 'drop']) {
    document.addEventListener(type, (event) => {
      event.preventDefault()
      zone.classList.toggle('over', type === 'dragover')
      if (type === 'drop' && event.dataTransfer.files[0]) send(event.dataTransfer.files[0])
    })
  }
  if (example) {
    example.addEventListener('click', async () => {
      try {
        await send(await fetchExample())
      } catch (error) {
        answer.replaceChildren(line('error', error.message))
      }
    })
    if (!key) fetchExample().then((file) => newest === 0 && show(file), () => {})
  }
  document.addEventListener('paste', (event) => event.clipboardData.files[0] && send(event.clipboardData.files[0]))
}
`

const sourceHash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The page needs nothing but this server; inline code is allowed by its hash alone. */
export const tryPagePolicy = [
  "default-src 'none'",
  `script-src ${sourceHash(script)}`,
  `style-src ${sourceHash(style)}`,
  'img-src blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const keyField =
  '<label class="key">API key<input id="key" type="password" autocomplete="off" spellcheck="false"></label>\n'

/** A page to try the service: drop, choose or paste a picture, or fill in rows; where keys are wanted, with a field for one. */
export function tryPage(model: ServedModel, keysWanted: boolean): string {
  const endpoint = predictionPath(model.kind)
  const title = titleOf(model)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body data-endpoint="${endpoint}">
<h1>${escapeHtml(title)}</h1>
<p>Version ${escapeHtml(String(model.version))}, digest <code>${escapeHtml(model.digest)}</code></p>
${keysWanted ? keyField : ''}${'columns' in model ? rowsField(model.columns, model.example) : pictureField(model.example)}
<div id="answer" role="status"></div>
<script>${script}</script>
</body>
</html>
`
}

/** Shows the version's own example first, where it has one. */
function pictureField(example: InputExample | null = null): string {
  const button = example
    ? `<p><button id="example" type="button" data-name="${escapeHtml(example.name)}">Try the example ${escapeHtml(example.name)}</button></p>\n`
    : ''
  return `<label class="zone">Drop a picture anywhere on this page, paste one, or choose a file.<input type="file" accept="image/*"></label>
${button}<img hidden alt="">`
}

/** Rows to ask about: the version's own example, or one to fill in with every column that the model looks at. */
function rowsField(columns: readonly string[], example: InputExample | null = null): string {
  const rows: unknown = example
    ? JSON.parse(example.bytes.toString('utf8'))
    : { rows: [Object.fromEntries(columns.map((column) => [column, null]))] }
  const text = JSON.stringify(rows, null, 2)
  return `<form><label class="key">Rows, as JSON<textarea rows="14" spellcheck="false">${escapeHtml(text)}</textarea></label><button>Predict</button></form>`
}

function titleOf({ kind, name }: ServedModel): string {
  if (kind === 'ocr') return 'Read text'
  if (kind === 'line-recogniser') return `Read lines with ${name}`
  return kind === 'image-classifier' ? `Classify with ${name}` : `Predict with ${name}`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
