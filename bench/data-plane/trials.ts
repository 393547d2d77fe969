import { largeReload } from './large-reload.ts'
import { latency } from './latency.ts'
import { idle, residentUnderLoad, slowReaders } from './memory.ts'
import { reloads } from './reloads.ts'
import { routers21, routers10000 } from './routers.ts'
import { systemCalls } from './system-calls.ts'
import type { Trial } from './trial.ts'
import { workers2 } from './workers.ts'

/** In the order in which they are measured and printed. */
export const trials: readonly Trial[] = [
  routers21,
  routers10000,
  idle,
  residentUnderLoad,
  slowReaders,
  latency,
  workers2,
  reloads,
  largeReload,
  systemCalls,
]
