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
    place: 'Runs',
    rows: [
      ['Enter', 'Open the run'],
      ['F2', 'Rename the run in its row'],
      ['→ ←', 'Show or hide the child runs'],
      ['Alt ← →', 'Move the column whose head has the focus; with Shift make it wider or narrower'],
      ['Ctrl Space', 'Offer what can stand at the cursor of the search'],
    ],
  },
  {
    place: 'Read: text',
    rows: [
      ['← → ↑ ↓', 'Move from word to word'],
      ['Tab', 'Go to the next doubtful word; with Shift to the one before'],
      ['Alt ↑ ↓', 'Put a page before or behind its neighbour in the list'],
      ['Enter or F2', 'Correct the word'],
      ['J', 'Join the word with the next'],
      ['M', 'Draw the box of the word anew; arrows move it, with Ctrl its lower right corner'],
      [`${mod} Z`, 'Undo; with Shift redo'],
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
      ['← → ↑ ↓', 'Move; with Shift the selection grows'],
      ['Space', 'Select the picture as well, or not'],
      [`${mod} A`, 'Select all that the filter leaves'],
      ['1 to 9, 0', 'Set the class that has this key in the list'],
      ['L', 'Set any class, or a new one, by its name'],
      ['Delete', 'Remove the pictures from the dataset'],
      [`${mod} Z`, 'Undo; with Shift redo'],
      ['Enter', 'Open the picture'],
      ['Esc', 'Select none'],
    ],
  },
  {
    place: 'Data: large picture',
    rows: [
      ['1 to 9, 0, L', 'Set the class and go to the next picture'],
      ['T', 'Edit the text; Enter saves it and goes to the next picture'],
      ['N', 'New box'],
      ['Enter on a box', 'Edit it: arrows move it by 1 px, with Shift by 10'],
      [`${mod} ← → ↑ ↓`, 'Move the lower right corner of the box'],
      ['1 to 9, 0, L; Delete', 'Set the class of the box; remove it'],
      ['B', 'Show or hide the boxes'],
      ['+ − F', 'Zoom in, zoom out, fit'],
      ['Esc', 'Leave the box; close the picture'],
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
