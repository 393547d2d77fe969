import { createHash } from 'node:crypto'
import type { AcmeOptions } from '../../config/certificates-resolvers.ts'
import { type Validity, validityOf } from '../certificates/validity.ts'
import type { StoredCertificate } from './stored.ts'

const HOUR_MS = 60 * 60 * 1000

/** The part of its life before the end of which a certificate is renewed. */
const REST = 1 / 3
/** By so much of its life it may be earlier still. */
const SPREAD = 1 / 30

/** What the options say of the life of certificates, in milliseconds. */
export function longestLifeOf({ certificatesDuration }: Pick<AcmeOptions, 'certificatesDuration'>): number {
  return certificatesDuration * HOUR_MS
}

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

/** How long before its end a certificate should have been renewed for long: half of the time that there is for it is over. */
export function overdueMs(certificate: StoredCertificate, { to }: Validity, longestLifeMs: number): number {
  return (to - renewalOf(certificate, longestLifeMs)) / 2
}
