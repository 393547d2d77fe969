import type { Trial } from '../data-plane/trial.ts'
import { changes } from './changes.ts'
import { decoding } from './decoding.ts'
import { consul, docker, etcd, file, http, redis } from './sources.ts'

/** In the order in which they are measured and printed. */
export const trials: readonly Trial[] = [...[file, docker, consul, etcd, redis, http].map(changes), decoding]
