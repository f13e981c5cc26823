import { ActionIcon, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Search, X } from 'lucide-react'
import { Fragment, useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { PageHit } from '../../../../core/contract/index.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { useQuery } from '../../components/use-query.ts'
import { pageAddress } from './page-address.ts'
import { StoredPicture } from './stored-picture.tsx'

const atMost = 200

/** Looks for words in everything that was read; what it shows stands in the address. */
export function SearchField({ value, onChange }: { value: string; onChange: (search: string) => void }) {
  const [typed, setTyped] = useState(value)
  const [settled] = useDebouncedValue(typed, 150)
  const sent = useRef(value)
  const latest = useRef(onChange)
  latest.current = onChange
  // Back and forward change the address; typing does so once it rests.
  useEffect(() => {
    if (value === sent.current) return
    sent.current = value
    setTyped(value)
  }, [value])
  useEffect(() => {
    if (settled === sent.current) return
    sent.current = settled
    latest.current(settled)
  }, [settled])
  const clear = () => {
    sent.current = ''
    setTyped('')
    latest.current('')
  }
  return (
    <TextInput
      className="page-search-field"
      type="search"
      aria-label="Search in all pages"
      placeholder="Search in all pages"
      title="All words must be on a page; “in quotes” finds a phrase"
      leftSection={<Search size={14} />}
      rightSection={
        typed === '' ? undefined : (
          <ActionIcon size={20} aria-label="End the search" onClick={clear}>
            <X size={14} />
          </ActionIcon>
        )
      }
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || typed === '') return
        event.preventDefault()
        clear()
      }}
    />
  )
}

function Hit({ hit, search, active }: { hit: PageHit; search: string; active: boolean }) {
  return (
    <li>
      <Link
        href={pageAddress(hit.pageId, search)}
        className="page-hit"
        aria-current={active ? 'page' : undefined}
      >
        <span className="page-row-picture">
          {hit.blob && <StoredPicture key={hit.blob} hash={hit.blob} size={64} alt="" />}
        </span>
        <span className="page-row-text">
          <span className="page-hit-name">
            <span className="truncate" title={hit.name}>
              {hit.name}
            </span>
            <span className="dim tabular">{plural(hit.words.length, 'hit')}</span>
          </span>
          <span className="page-hit-text">
            {hit.snippet.map((part) => (
              <Fragment key={part.start}>{part.hit ? <mark>{part.text}</mark> : part.text} </Fragment>
            ))}
          </span>
        </span>
      </Link>
    </li>
  )
}

/** The pages in which something was found, the best first, with the words around it. */
export function SearchResults({ search, pageId }: { search: string; pageId: string | undefined }) {
  const found = useQuery(
    'pages.search',
    { text: search, limit: atMost },
    { refreshOn: (event) => event.type === 'page.changed' },
  )
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} retry={found.reload} /> : <SkeletonRows />
  const { total, items } = found.data
  return (
    <>
      <div className="page-list-head" role="status">
        <span className="tabular">
          {total > items.length
            ? `The best ${items.length} of ${plural(total, 'page')}`
            : plural(total, 'page')}
        </span>
      </div>
      {total === 0 ? (
        <p className="page-hits-none dim">
          No page has {/\s/.test(search.trim()) ? 'all of these words' : 'this word'}. The beginning of a word
          is enough.
        </p>
      ) : (
        <ul className="page-hits" aria-label="Pages found">
          {items.map((hit) => (
            <Hit key={hit.pageId} hit={hit} search={search} active={hit.pageId === pageId} />
          ))}
        </ul>
      )}
    </>
  )
}
