import { readFileSync } from 'node:fs'
import { Authority } from '../../test/harness/authority.ts'
import type { Certificate } from '../../test/harness/certificate.ts'
import { temporaryFolder } from '../../test/harness/temp.ts'

/** The name in every certificate of the benches; clients that are told no name are answered by it too. */
const ADDRESS = 'IP:127.0.0.1'

/** A certificate with an ECDSA key on P-256, and the one that signed it. */
export interface SignedCertificate {
  readonly certificate: Certificate
  readonly ca: Buffer
}

/** Makes a certificate for this machine, whose files go with `resources`. */
export async function makeSignedCertificate(resources: AsyncDisposableStack): Promise<SignedCertificate> {
  const authority = new Authority(resources.use(await temporaryFolder()), 'bench')
  return { certificate: authority.issue(ADDRESS), ca: readFileSync(authority.certFile) }
}
