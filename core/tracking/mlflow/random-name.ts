import { randomInt } from 'node:crypto'

const adjectives =
  'able amber bold brave bright calm clean clever crisp dapper eager early fair fancy fast fine fond gentle glad grand happy honest keen kind lively loud lucky mellow merry mild neat nimble noble polite proud quick quiet rare shy silent smooth swift tidy warm wise witty'.split(
    ' ',
  )
const nouns =
  'ant ape bat bear bee boar bird calf cod colt crab crow deer doe dove duck eel elk finch fish fly fox frog gnat goat goose hare hawk hen heron jay kite koi lamb lark lynx mole moth mouse newt owl panda quail ram robin seal shrew skunk sloth snail squid stag stork swan toad trout vole wasp wolf wren yak'.split(
    ' ',
  )
const pick = (words: readonly string[]): string => words[randomInt(words.length)] ?? ''

/** A name for a run that was given none. */
export const randomName = (): string => `${pick(adjectives)}-${pick(nouns)}-${randomInt(1_000)}`
