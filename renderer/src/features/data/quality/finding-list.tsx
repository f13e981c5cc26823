import { Button } from '@mantine/core'
import { CircleAlert, Info, TriangleAlert, Wand2 } from 'lucide-react'
import { Link } from 'wouter'
import {
  type Finding,
  type FindingSeverity,
  rowMediaType,
  type Sample,
} from '../../../../../core/contract/index.ts'
import { formatNumber, plural } from '../../../components/format.ts'
import { samplePicture, showsPixels } from '../sample-picture.ts'
import { severityWords } from './quality-words.ts'

const icons: Record<FindingSeverity, typeof Info> = { error: CircleAlert, warning: TriangleAlert, note: Info }
const side = 56

/** What the check found, worst first, each with some of its pictures and the ways on. */
export function FindingList({
  findings,
  linkTo,
  onMend,
}: {
  findings: readonly Finding[]
  /** The address of a finding's pictures in the grid. */
  linkTo: (finding: Finding, sample?: Sample) => string
  onMend: (finding: Finding) => void
}) {
  return (
    <ul className="finding-list" aria-label="Findings">
      {findings.map((finding) => {
        const { kind, severity, title, detail, sampleCount, examples, mendable } = finding
        const Icon = icons[severity]
        return (
          <li key={kind} className="finding" data-severity={severity}>
            <div className="finding-severity">
              <Icon size={16} aria-hidden />
              <span>{severityWords[severity]}</span>
            </div>
            <div className="finding-words">
              <h3>{title}</h3>
              <p className="dim">{detail}</p>
              {examples.length > 0 && (
                <div className="finding-pictures">
                  {examples.map((sample) => (
                    <Link
                      key={sample.ordinal}
                      href={linkTo(finding, sample)}
                      title={`${sample.path} (${sample.label || 'no class'}, ${sample.subset})`}
                      aria-label={sample.path}
                    >
                      {sample.mediaType === rowMediaType ? (
                        sample.path
                      ) : (
                        <img
                          src={samplePicture(sample, side)}
                          alt=""
                          width={side}
                          height={side}
                          loading="lazy"
                          data-pixels={showsPixels(sample, side)}
                        />
                      )}
                    </Link>
                  ))}
                  {sampleCount > examples.length && (
                    <Link href={linkTo(finding)} className="finding-more">
                      {formatNumber(sampleCount - examples.length)} more
                    </Link>
                  )}
                </div>
              )}
            </div>
            <div className="finding-actions">
              {sampleCount > 0 && (
                <Button
                  component={Link}
                  href={linkTo(finding)}
                  variant="default"
                  size="compact-xs"
                  aria-label={`Show ${plural(sampleCount, examples[0]?.mediaType === rowMediaType ? 'row' : 'picture')}: ${title}`}
                >
                  Show {formatNumber(sampleCount)}
                </Button>
              )}
              {mendable && (
                <Button
                  variant="default"
                  size="compact-xs"
                  leftSection={<Wand2 size={13} />}
                  aria-label={`Remedy: ${title}`}
                  onClick={() => onMend(finding)}
                >
                  Remedy
                </Button>
              )}
            </div>
          </li>
        )
      })}
    </ul>
  )
}
