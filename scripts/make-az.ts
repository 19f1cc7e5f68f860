/** Makes the virtual environment of the real az ahead of the suites that need it, which wait for it: it takes minutes. */
import { findAz } from '../test/support/az.ts'

const { skip } = await findAz()
if (skip !== false) throw new Error(skip)
