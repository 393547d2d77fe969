import { X509Certificate } from 'node:crypto'
import type { TlsSettings } from '../../tls/settings.ts'
import { dnsNamesIn } from '../../tls/subject-alt-names.ts'
import { type Labels, labelText } from './exposition.ts'

/** When one certificate expires. */
interface Expiry {
  readonly labels: string
  /** Unix time in seconds. */
  readonly notAfter: number
}

/** Reads when certificates expire; each is parsed once while it is configured, and only when somebody asks. */
export class CertificateExpiry {
  #tls: TlsSettings | undefined
  #known = new Map<string, Expiry | undefined>()

  /** In the order of their labels. Certificates that look the same in all labels are told once, by the one that expires first. */
  of(tls: TlsSettings | undefined): readonly Expiry[] {
    if (tls !== this.#tls) {
      this.#tls = tls
      this.#known = new Map(pemsOf(tls).map((pem) => [pem, this.#known.has(pem) ? this.#known.get(pem) : expiryOf(pem)]))
    }
    const found = new Map<string, Expiry>()
    for (const expiry of this.#known.values()) {
      if (expiry === undefined) continue
      const same = found.get(expiry.labels)
      if (same === undefined || expiry.notAfter < same.notAfter) found.set(expiry.labels, expiry)
    }
    return [...found.values()].sort((one, other) => (one.labels < other.labels ? -1 : 1))
  }
}

function pemsOf(tls: TlsSettings | undefined): string[] {
  if (tls === undefined) return []
  const { certificates, defaultCertificate } = tls
  return [...certificates, ...(defaultCertificate === undefined ? [] : [defaultCertificate])].map(({ cert }) => cert)
}

function expiryOf(pem: string): Expiry | undefined {
  try {
    const { subject, serialNumber, subjectAltName, validTo } = new X509Certificate(pem)
    const labels: Labels = [
      ['cn', /^CN=(.+)$/m.exec(subject)?.[1] ?? ''],
      ['serial', BigInt(`0x${serialNumber}`).toString()],
      [
        'sans',
        dnsNamesIn(subjectAltName ?? '')
          .sort()
          .join(','),
      ],
    ]
    return { labels: labelText(labels), notAfter: Date.parse(validTo) / 1000 }
  } catch {
    // What cannot be read is not served either, and has a finding.
    return undefined
  }
}
