import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { ChevronDown } from 'lucide-react'
import type { Page } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { copyText } from '../../components/copy-button.tsx'
import { notify, notifyError } from '../../components/notices.tsx'
import { useQuery } from '../../components/use-query.ts'

/** Blocks as paragraphs: their lines flow. */
const flowing = (text: string): string => text.replace(/(?<!\n)\n(?!\n)/g, ' ').trim()

/** Copies a page's text in another shape. */
export function CopyMenu({ page }: { page: Page }) {
  const formats = useQuery('pages.formats', {})
  const copy = async (text: string, what: string) => {
    if (await copyText(text)) notify({ kind: 'info', message: `Copied as ${what}.` })
  }
  const copyAs = (format: string, title: string) =>
    void call('pages.render', { pageIds: [page.id], format })
      .then(({ text }) => copy(text, title))
      .catch(notifyError)
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label="Copy as …">
          <ActionIcon size={20} aria-label="Copy as">
            <ChevronDown size={14} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void copy(page.text, 'text')}>Text with line breaks</Menu.Item>
        <Menu.Item onClick={() => void copy(flowing(page.text), 'paragraphs')}>Text in paragraphs</Menu.Item>
        <Menu.Divider />
        {(formats.data ?? [])
          .filter(({ textual, id }) => textual && id !== 'txt')
          .map(({ id, title }) => (
            <Menu.Item key={id} onClick={() => copyAs(id, title)}>
              {title}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  )
}
