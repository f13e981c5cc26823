import { Search, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { GlyphlabError, type SearchCompletion, searchFault } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'

const restMs = 120

/** What may stand at the cursor of `text`, which may have been typed on since. */
type Offer = SearchCompletion & { text: string }

const noOffer: Offer = { text: '', from: 0, to: 0, items: [] }

/** The place that the engine could not understand; null for another kind of error. */
function faultOf(error: Error | undefined) {
  if (!(error instanceof GlyphlabError) || error.code !== 'INVALID_INPUT') return null
  return searchFault.safeParse(error.details).data ?? null
}

/** Whether something can be typed on right behind it. */
const endsOpen = (text: string): boolean => text.endsWith('(') || text.endsWith('.')

/**
 * One line in the search language. What could stand at the cursor is offered while one types (arrows, Enter or Tab
 * take it, Escape closes, Ctrl+Space opens); a place that can't be understood is underlined.
 */
export function SearchField(props: {
  value: string
  onChange: (text: string) => void
  /** What came of the search for `value`. */
  error: Error | undefined
}) {
  const [text, setText] = useState(props.value)
  const [offer, setOffer] = useState(noOffer)
  const [opened, setOpened] = useState(false)
  const [active, setActive] = useState(-1)
  const field = useRef<HTMLInputElement>(null)
  const mirror = useRef<HTMLDivElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const round = useRef(0)
  // Our own searches that have not come back as `value` yet, the oldest first: none of them replaces what is typed.
  const underWay = useRef<string[]>([])
  const caret = useRef<number | undefined>(undefined)
  const id = useId()
  const { value, onChange } = props
  // What was offered for another text stays in sight until the new answer comes, but can't be taken.
  const offered = opened && offer.text === text

  useEffect(() => {
    const own = underWay.current.indexOf(value)
    // The address was changed from elsewhere: a saved view, a link, back.
    if (own < 0) setText(value)
    underWay.current = own < 0 ? [] : underWay.current.slice(own + 1)
  }, [value])
  // In the same step as the text, before the next key.
  useLayoutEffect(() => {
    if (caret.current === undefined) return
    field.current?.setSelectionRange(caret.current, caret.current)
    caret.current = undefined
  })
  useEffect(() => () => clearTimeout(timer.current), [])

  const commit = (next: string) => {
    clearTimeout(timer.current)
    if (next === (underWay.current.at(-1) ?? value)) return
    underWay.current.push(next)
    onChange(next)
  }
  const complete = async (next: string, cursor: number) => {
    round.current += 1
    const own = round.current
    try {
      const found = await call('runs.complete', { text: next, cursor })
      if (own !== round.current) return
      setOffer({ ...found, text: next })
      setActive(-1)
      const typed = next.slice(found.from, cursor)
      setOpened(found.items.length > 0 && !(found.items.length === 1 && found.items[0]?.text === typed))
    } catch {
      // The engine is away: one types without help.
      setOpened(false)
    }
  }
  const change = (next: string, cursor: number) => {
    setText(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => commit(next), restMs)
    void complete(next, cursor)
  }
  const take = (item: string) => {
    const { from, to } = offer
    const space = endsOpen(item) ? '' : ' '
    const next = `${text.slice(0, from)}${item}${space}${text.slice(to).trimStart()}`
    const cursor = from + item.length + space.length
    setOpened(false)
    caret.current = cursor
    change(next, cursor)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const { items } = offer
    const chosen = offered ? items[active] : undefined
    if (event.key === ' ' && event.ctrlKey)
      void complete(text, event.currentTarget.selectionStart ?? text.length)
    else if (offered && event.key === 'ArrowDown') setActive((active + 1) % items.length)
    else if (offered && event.key === 'ArrowUp') setActive((active <= 0 ? items.length : active) - 1)
    else if (chosen && (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey))) take(chosen.text)
    else if (event.key === 'Enter') {
      setOpened(false)
      commit(text)
    } else if (opened && event.key === 'Escape') setOpened(false)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  const fault = text === value ? faultOf(props.error) : null
  const [before, meant, after] = fault
    ? [
        text.slice(0, fault.position),
        text.slice(fault.position, fault.position + fault.length) || ' ',
        text.slice(fault.position + fault.length),
      ]
    : [text, '', '']
  return (
    <div className="search-field">
      <Search size={14} className="search-field-icon" aria-hidden />
      <div className="search-field-line">
        <div ref={mirror} className="search-field-mirror" aria-hidden>
          {before}
          {fault && <span className="search-field-fault">{meant}</span>}
          {after}
        </div>
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label="Search runs"
          aria-expanded={offered}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={offered && active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={fault !== null}
          aria-describedby={fault ? `${id}-fault` : undefined}
          placeholder="Words, or metrics.loss < 0.5 AND params.optimizer = 'adam'"
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => change(event.currentTarget.value, event.currentTarget.selectionStart ?? 0)}
          onKeyDown={onKeyDown}
          onBlur={() => setOpened(false)}
          onScroll={(event) => {
            if (mirror.current) mirror.current.scrollLeft = event.currentTarget.scrollLeft
          }}
        />
        <div
          id={`${id}-list`}
          role="listbox"
          aria-label="What can stand here"
          className="search-field-list"
          aria-hidden={!offered}
          hidden={!opened}
        >
          {opened &&
            offer.items.map((item, index) => (
              <div
                key={`${item.kind} ${item.text}`}
                id={`${id}-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === active}
                ref={(element) => {
                  if (index === active) element?.scrollIntoView({ block: 'nearest' })
                }}
                onPointerDown={(event) => {
                  // The field keeps the focus.
                  event.preventDefault()
                  if (offered) take(item.text)
                }}
              >
                <span className="truncate">{item.text}</span>
                <span className="dim">{item.kind}</span>
              </div>
            ))}
        </div>
      </div>
      {text !== '' && (
        <button
          type="button"
          className="search-field-clear"
          aria-label="Clear the search"
          onClick={() => {
            setText('')
            commit('')
            field.current?.focus()
          }}
        >
          <X size={14} />
        </button>
      )}
      {fault && (
        <p id={`${id}-fault`} className="search-field-message" role="status">
          {props.error?.message}
        </p>
      )}
    </div>
  )
}
