import type { Finding } from '../../findings/finding.ts'
import { dotted } from '../../findings/path.ts'
import { quote } from '../../findings/show.ts'
import type { ExpiryJudge } from '../certificates/expiry-judge.ts'
import { validityOf } from '../certificates/validity.ts'
import { overdueMs } from './renewal.ts'
import type { StoredCertificate } from './stored.ts'

/** Whose certificate it is, and where it is kept. */
interface Keeper {
  readonly resolver: string
  /** Path of the file. */
  readonly storage: string
  readonly longestLifeMs: number
}

/** What is wrong with a certificate whose resolver should have renewed it for long; undefined for all others. */
export function overdueFinding(
  certificate: StoredCertificate,
  { resolver, storage, longestLifeMs }: Keeper,
  judge: ExpiryJudge,
): Finding | undefined {
  const validity = validityOf(certificate.certificate)
  const judgement = validity && judge.judge(validity, overdueMs(certificate, validity, longestLifeMs))
  if (judgement === undefined) return undefined
  const names = certificate.names.join(', ')
  return {
    code: judgement.code,
    severity: 'warning',
    message: `the certificate of the resolver ${quote(resolver)} for ${quote(names)} is not renewed: it ${judgement.problem}`,
    path: dotted(['certificatesResolvers', resolver]),
    source: { kind: 'key', store: storage, key: `${resolver}/${names}` },
    hint: '`gateway certs` says why it was not renewed',
  }
}
