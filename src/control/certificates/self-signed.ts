import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { CertificatePair } from '../../tls/settings.ts'
import { BIT_STRING, contextTag, encodeDer as der, INTEGER, OCTET_STRING, SEQUENCE } from './der.ts'

// Tags of ASN.1 in DER (X.690) that only certificates need.
const UTF8_STRING = 0x0c
const UTC_TIME = 0x17
const SET = 0x31
const VERSION = contextTag(0)
const EXTENSIONS = contextTag(3)
const DNS_NAME = contextTag(2, false)

// Object identifiers, as they are encoded.
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex')
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex')

const DAY_MS = 24 * 60 * 60 * 1000
const VALID_DAYS = 365

/** Makes a certificate that vouches for itself, for one name and one year (RFC 5280 §4.1). */
export function makeSelfSigned(commonName: string, name: string, now = Date.now()): CertificatePair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256)
  const issuer = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(commonName)))))
  const alternatives = der(SEQUENCE, der(DNS_NAME, Buffer.from(name)))
  const body = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serialNumber()),
    algorithm,
    issuer,
    der(SEQUENCE, utcTime(now - DAY_MS), utcTime(now + VALID_DAYS * DAY_MS)),
    issuer,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, der(SEQUENCE, der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, alternatives)))),
  )
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', body, privateKey))
  const lines = der(SEQUENCE, body, algorithm, signature)
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n')
  return {
    names: [name],
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** Positive, and not a zero octet first: the shortest form is the only one (X.690 §8.3.2). */
function serialNumber(): Buffer {
  const octets = randomBytes(16)
  octets[0] = ((octets[0] as number) & 0x3f) | 0x40
  return octets
}

/** `261122055846Z`. */
function utcTime(time: number): Buffer {
  return der(
    UTC_TIME,
    Buffer.from(
      `${new Date(time)
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  )
}
