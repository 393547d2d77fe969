import { createHash, X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import type { CertificatePair, TlsSettings } from '../../tls/settings.ts'
import { ExpiryJudge } from '../certificates/expiry-judge.ts'

/** A certificate that is served, as the API tells of it; never its key. */
export interface CertificateItem {
  /** SHA-256 of the certificate in hex. */
  readonly name: string
  readonly sans: readonly string[]
  /** RFC 3339. */
  readonly notAfter: string
  readonly notBefore: string
  /** Decimal. */
  readonly serialNumber: string
  readonly commonName: string
  readonly issuerOrg: string
  readonly issuerCN: string
  readonly issuerCountry: string
  readonly organization: string
  readonly country: string
  readonly version: string
  readonly keyType: string
  readonly keySize: number
  readonly signatureAlgorithm: string
  readonly certFingerprint: string
  readonly publicKeyFingerprint: string
  readonly status: 'enabled' | 'warning' | 'expired'
}

type CertificateFacts = Omit<CertificateItem, 'status'>

/** A certificate is read once, whoever asks and however often. */
const known = new WeakMap<CertificatePair, CertificateFacts>()

/** The certificates that are served, each once; `now` in milliseconds of wall time decides over their status. */
export function certificatesOf(tls: TlsSettings | undefined, now: number): CertificateItem[] {
  const { certificates = [], defaultCertificate } = tls ?? {}
  const pairs = defaultCertificate === undefined ? certificates : [...certificates, defaultCertificate]
  const items = new Map<string, CertificateItem>()
  for (const pair of pairs) {
    const facts = known.get(pair) ?? read(pair.cert)
    known.set(pair, facts)
    items.set(facts.name, { ...facts, status: statusAt(now, facts) })
  }
  return [...items.values()]
}

function statusAt(now: number, { notBefore, notAfter }: CertificateFacts): CertificateItem['status'] {
  const code = new ExpiryJudge(now).judge({ from: Date.parse(notBefore), to: Date.parse(notAfter) })?.code
  if (code === 'GTW_CERTIFICATE_EXPIRED') return 'expired'
  return code === undefined ? 'enabled' : 'warning'
}

function read(pem: string): CertificateFacts {
  const certificate = new X509Certificate(pem)
  const { subject, issuer } = certificate.toLegacyObject()
  const { raw, publicKey, serialNumber, validFromDate, validToDate, subjectAltName = '' } = certificate
  const fingerprint = sha256(raw)
  return {
    name: fingerprint,
    sans: subjectAltName.split(', ').flatMap((name) => /^(?:DNS|IP Address):([^"]+)$/.exec(name)?.[1] ?? []),
    notAfter: rfc3339(validToDate),
    notBefore: rfc3339(validFromDate),
    serialNumber: BigInt(`0x${serialNumber}`).toString(),
    commonName: first(subject?.CN),
    issuerOrg: first(issuer?.O),
    issuerCN: first(issuer?.CN),
    issuerCountry: first(issuer?.C),
    organization: first(subject?.O),
    country: first(subject?.C),
    version: 'v3',
    ...keyOf(certificate),
    signatureAlgorithm: signatureOf(certificate),
    certFingerprint: fingerprint,
    publicKeyFingerprint: sha256(publicKey.export({ type: 'spki', format: 'der' })),
  }
}

const CURVES: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 }

function keyOf({ publicKey }: X509Certificate): Pick<CertificateItem, 'keyType' | 'keySize'> {
  const { asymmetricKeyDetails: details } = publicKey
  const type = String(publicKey.asymmetricKeyType)
  if (type.startsWith('rsa')) return { keyType: 'RSA', keySize: details?.modulusLength ?? 0 }
  if (type === 'ec') return { keyType: 'ECDSA', keySize: CURVES[details?.namedCurve ?? ''] ?? 0 }
  return { keyType: type === 'ed25519' ? 'Ed25519' : type, keySize: 256 }
}

/** As Go writes them: `SHA256-RSA`, `ECDSA-SHA256`, `Ed25519`. */
function signatureOf({ signatureAlgorithm = '' }: X509Certificate): string {
  const rsa = /^sha(\d+)WithRSAEncryption$/i.exec(signatureAlgorithm)
  if (rsa !== null) return `SHA${rsa[1]}-RSA`
  const ecdsa = /^ecdsa-with-SHA(\d+)$/i.exec(signatureAlgorithm)
  if (ecdsa !== null) return `ECDSA-SHA${ecdsa[1]}`
  return signatureAlgorithm === 'ED25519' ? 'Ed25519' : signatureAlgorithm
}

/** Names may stand there several times. */
function first(names: PeerCertificate['subject']['CN'] | undefined): string {
  return (Array.isArray(names) ? names[0] : names) ?? ''
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex')
}

function rfc3339(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z')
}
