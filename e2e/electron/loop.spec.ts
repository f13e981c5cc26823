import { loopTest } from '../loop.ts'

loopTest()
