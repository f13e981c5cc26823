import { dropTests } from '../drop.ts'

dropTests()
