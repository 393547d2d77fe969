import type { Trial } from '../data-plane/trial.ts'
import { added } from './added.ts'
import { five } from './five.ts'
import { logins } from './logins.ts'

/** In the order in which they are measured and printed. */
export const trials: readonly Trial[] = [five, added, logins]
