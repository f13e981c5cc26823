import { ActionIcon, Menu } from '@mantine/core'
import { Download } from 'lucide-react'
import { useId } from 'react'
import { notify, notifyError } from '../notices.tsx'
import { pngOfSvg, saveFile } from './chart-export.ts'
import { useShelf } from './chart-shelf.ts'

/** Saves or copies a chart: as SVG, PNG or CSV. `svg` and `csv` may throw what is to be shown. */
export function ExportMenu(props: { title: string; svg: () => string; csv: () => string }) {
  const { title } = props
  useShelf(useId(), props)
  const attempt = (save: () => void | Promise<void>) => async () => {
    try {
      await save()
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={22} aria-label={`Save or copy the chart ${title}`}>
          <Download size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={attempt(() => saveFile(props.svg(), `${title}.svg`, 'image/svg+xml'))}>
          Save as SVG
        </Menu.Item>
        <Menu.Item
          onClick={attempt(async () => saveFile(await pngOfSvg(props.svg()), `${title}.png`, 'image/png'))}
        >
          Save as PNG
        </Menu.Item>
        <Menu.Item onClick={attempt(() => saveFile(props.csv(), `${title}.csv`, 'text/csv'))}>
          Save as CSV
        </Menu.Item>
        <Menu.Item
          onClick={attempt(async () => {
            await navigator.clipboard.write([new ClipboardItem({ 'image/png': pngOfSvg(props.svg()) })])
            notify({ kind: 'success', message: 'The chart is on the clipboard.' })
          })}
        >
          Copy as image
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
