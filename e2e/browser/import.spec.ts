import { importTests } from '../import.ts'

importTests()
