import type { DatasetVersion, QualityFacts, SampleProperty } from '../../../../../core/contract/index.ts'
import { formatNumber, plural } from '../../../components/format.ts'
import { Section } from '../../../components/section.tsx'
import type { SampleFilter } from '../sample-filter.ts'
import { binsOf } from './bins.ts'
import { Histogram } from './histogram.tsx'
import { propertyWords, rangeWords } from './quality-words.ts'

const mostClasses = 200
const mostCharacters = 200

interface Props {
  version: DatasetVersion
  facts: QualityFacts
  show: (filter: Partial<SampleFilter>) => void
}

/** How a version is spread: classes, sizes, shapes, light, texts. Each bar opens its pictures. */
export function StatisticsSection({ version, facts, show }: Props) {
  const histograms: [SampleProperty, QualityFacts['side'], boolean][] = [
    ['side', facts.side, true],
    ['aspect', facts.aspect, false],
    ['brightness', facts.brightness, true],
    ['contrast', facts.contrast, true],
    ['text-length', facts.textLength, true],
  ]
  return (
    <Section title="How it is spread">
      <div className="statistics">
        <ClassBars version={version} show={show} />
        {histograms.map(([property, values, whole]) =>
          values.length === 0 ? null : (
            <Histogram
              key={property}
              title={propertyWords[property].title}
              bins={binsOf(values, { whole })}
              words={({ from, to }) => rangeWords(property, { min: from, max: to })}
              onPick={({ from, to }) => show({ within: { property, min: from, max: to } })}
            />
          ),
        )}
        <Modes facts={facts} />
      </div>
      {facts.characters.length > 0 && <Characters characters={facts.characters} show={show} />}
    </Section>
  )
}

function ClassBars({ version: { labels }, show }: Pick<Props, 'version' | 'show'>) {
  const sorted = [...labels].sort((a, b) => b.total - a.total)
  const most = Math.max(1, sorted[0]?.total ?? 1)
  return (
    <figure className="histogram class-bars">
      <figcaption>
        <span>Classes</span>
        <span className="dim tabular">
          {sorted.length > mostClasses
            ? `the largest ${mostClasses} of ${formatNumber(sorted.length)}`
            : formatNumber(sorted.length)}
        </span>
      </figcaption>
      <ul>
        {sorted.slice(0, mostClasses).map(({ label, total }) => (
          <li key={label}>
            <button type="button" title={label} onClick={() => show({ labels: [label] })}>
              <span className="truncate">{label || 'no class'}</span>
              <span className="class-bar" aria-hidden>
                <span style={{ width: `${(100 * total) / most}%` }} />
              </span>
              <span className="tabular">{formatNumber(total)}</span>
            </button>
          </li>
        ))}
      </ul>
    </figure>
  )
}

const modeWords: Record<string, string> = {
  grey: 'Grey',
  colour: 'Colour',
  alpha: 'With transparency',
  cmyk: 'CMYK',
  '16-bit': '16 bits a channel',
}

function Modes({ facts }: Pick<Props, 'facts'>) {
  const rows = [
    ...Object.entries(facts.colourModes).map(([mode, count]): [string, number] => [
      modeWords[mode] ?? mode,
      count,
    ]),
    ...Object.entries(facts.mediaTypes),
  ]
  // The rows of a table have neither.
  if (rows.length === 0) return null
  return (
    <figure className="histogram">
      <figcaption>Colours and file types</figcaption>
      <dl className="mode-list">
        {rows.map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="tabular">{formatNumber(count)}</dd>
          </div>
        ))}
      </dl>
    </figure>
  )
}

const isSeen = (character: string): boolean => !/[\s\p{C}\p{M}]/u.test(character)
const nameOf = (character: string): string =>
  isSeen(character)
    ? character
    : character === ' '
      ? 'space'
      : `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

function Characters({ characters, show }: { characters: QualityFacts['characters']; show: Props['show'] }) {
  return (
    <figure className="histogram characters">
      <figcaption>
        <span>Characters of the texts</span>
        <span className="dim tabular">
          {characters.length > mostCharacters
            ? `the ${mostCharacters} most frequent of ${formatNumber(characters.length)}`
            : formatNumber(characters.length)}
        </span>
      </figcaption>
      <div className="character-list">
        {characters.slice(0, mostCharacters).map(([character, count]) => (
          <button
            key={character}
            type="button"
            aria-label={`${nameOf(character)}: ${plural(count, 'time')}`}
            onClick={() => show({ character })}
          >
            <span>{nameOf(character)}</span>
            <span className="dim tabular">{formatNumber(count)}</span>
          </button>
        ))}
      </div>
    </figure>
  )
}
