import { Button, Group, Modal, Text } from '@mantine/core'
import { create } from 'zustand'

interface Question {
  title: string
  message: string
  /** The verb on the button: "Delete 3 pages". */
  action: string
  danger?: boolean
}

interface Asked extends Question {
  answer: (yes: boolean) => void
}

const useAsked = create<{ asked: Asked | null }>()(() => ({ asked: null }))

/** Asks before something that can not be taken back. Resolves to whether the person said yes. */
export function confirm(question: Question): Promise<boolean> {
  useAsked.getState().asked?.answer(false)
  return new Promise((resolve) => {
    const answer = (yes: boolean) => {
      useAsked.setState({ asked: null })
      resolve(yes)
    }
    useAsked.setState({ asked: { ...question, answer } })
  })
}

/** Shows the question that `confirm` asks. Stands once in the app. */
export function ConfirmHost() {
  const asked = useAsked((state) => state.asked)
  return (
    <Modal
      opened={asked !== null}
      onClose={() => asked?.answer(false)}
      title={asked?.title}
      closeButtonProps={{ 'aria-label': 'Close' }}
      size="sm"
      // It is asked from within other dialogs, too.
      zIndex={300}
    >
      <Text size="sm" mb="md">
        {asked?.message}
      </Text>
      <Group justify="flex-end" gap={8}>
        <Button variant="default" onClick={() => asked?.answer(false)}>
          Cancel
        </Button>
        <Button
          data-autofocus
          {...(asked?.danger ? { color: 'red.9' } : {})}
          onClick={() => asked?.answer(true)}
        >
          {asked?.action}
        </Button>
      </Group>
    </Modal>
  )
}
