import { Table } from '@mantine/core'
import './components.css'

const mod = navigator.platform.startsWith('Mac') ? '⌘' : 'Ctrl'

const keys: { place: string; rows: [keys: string, does: string][] }[] = [
  {
    place: 'Everywhere',
    rows: [
      [`${mod} K`, 'Search and do anything'],
      ['Alt 1 to 6', 'Go to Read, Data, Runs, Models, Serve, Settings'],
      [`${mod} V`, 'Paste a picture to read or classify it'],
      ['?', 'Show these keys'],
    ],
  },
  {
    place: 'Lists',
    rows: [
      ['↑ ↓', 'Move; with Shift the selection grows'],
      [`${mod} A`, 'Select all'],
      ['Delete', 'Delete what is selected'],
    ],
  },
  {
    place: 'Read: text',
    rows: [
      ['← → ↑ ↓', 'Move from word to word'],
      ['Tab', 'Go to the next doubtful word; with Shift to the one before'],
      ['Enter or F2', 'Correct the word'],
      [`${mod} A`, 'Select the whole text'],
    ],
  },
  {
    place: 'Read: picture',
    rows: [
      ['+ −', 'Zoom; also the wheel with Ctrl'],
      ['0', 'Fit to the window'],
      ['b', 'Show or hide the word boxes'],
    ],
  },
  {
    place: 'Data: pictures',
    rows: [
      ['← → ↑ ↓', 'Move'],
      ['Enter', 'Open the picture'],
      ['Esc', 'Close it'],
    ],
  },
]

/** The keys of the window, by place. */
export function KeysTable() {
  return (
    <Table aria-label="Keys" withRowBorders={false} verticalSpacing={2} className="keys-table">
      {keys.map(({ place, rows }) => (
        <Table.Tbody key={place}>
          <Table.Tr>
            <Table.Th colSpan={2} scope="rowgroup">
              {place}
            </Table.Th>
          </Table.Tr>
          {rows.map(([combination, does]) => (
            <Table.Tr key={combination}>
              <Table.Td className="keys-combination">
                <kbd>{combination}</kbd>
              </Table.Td>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      ))}
    </Table>
  )
}
