import { createHash } from 'node:crypto'
import type { StoredCertificate } from './stored.ts'
import { validityOf } from './stored.ts'

/** The part of its life before the end of which a certificate is renewed. */
const REST = 1 / 3
/** By so much of its life it may be earlier still. */
const SPREAD = 1 / 30

/**
 * When a certificate is to be renewed, in wall time: a third of its life before the end, and somewhat earlier, at a moment that
 * follows from its names, so that a restart changes nothing and many certificates do not come at once.
 */
export function renewalOf({ names, certificate }: StoredCertificate, longestLifeMs: number): number {
  const validity = validityOf(certificate)
  // What cannot be read is due.
  if (validity === undefined) return 0
  const lifeMs = Math.min(validity.to - validity.from, longestLifeMs)
  const fraction = createHash('sha256').update(names.join(',')).digest().readUInt32BE(0) / 2 ** 32
  return Math.round(validity.to - lifeMs * (REST + SPREAD * fraction))
}
