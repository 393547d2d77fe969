import { randomBytes } from 'node:crypto'
import type { Snapshot } from '../../config/snapshot.ts'
import type { CertificatePair } from '../../tls/settings.ts'
import { makeSelfSigned } from './self-signed.ts'

/** The certificate for names that no other one holds, where nobody gives one: made when it is first needed, then kept. */
export class DefaultCertificate {
  #made: CertificatePair | undefined

  /** A snapshot that serves TLS with a default certificate. Nobody trusts it, but a handshake with any name works. */
  complete(snapshot: Snapshot): Snapshot {
    const { tls } = snapshot
    if (tls === undefined || tls.defaultCertificate !== undefined) return snapshot
    this.#made ??= makeSelfSigned('GATEWAY DEFAULT CERT', `${randomBytes(16).toString('hex')}.gateway.default`)
    return { ...snapshot, tls: { ...tls, defaultCertificate: this.#made } }
  }
}
