import { createHash, verify, X509Certificate } from 'node:crypto'
import {
  contextTag,
  decodeDer,
  type Element,
  ENUMERATED,
  elementAt,
  encodeDer,
  NULL,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  within,
} from './der.ts'

/** A certificate and whoever signed it. */
export interface Issued {
  readonly certificate: X509Certificate
  readonly issuer: X509Certificate
}

/** What a responder says of a certificate. */
export interface OcspAnswer {
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly thisUpdate: number
  /** Wall time until which it counts; undefined where newer answers are always there. */
  readonly nextUpdate: number | undefined
}

const SHA1 = Buffer.from('2b0e03021a', 'hex')
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'

/** Hashes of signature algorithms by their identifiers, as they are encoded. */
const HASHES: Readonly<Record<string, string>> = {
  '2a864886f70d010105': 'sha1',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
}

/** A request for one certificate (RFC 6960 §4.1.1). */
export function ocspRequest(issued: Issued): Buffer {
  return encodeDer(SEQUENCE, encodeDer(SEQUENCE, encodeDer(SEQUENCE, encodeDer(SEQUENCE, certificateId(issued)))))
}

function certificateId({ certificate, issuer }: Issued): Buffer {
  const algorithm = encodeDer(SEQUENCE, encodeDer(OBJECT_IDENTIFIER, SHA1), encodeDer(NULL))
  const { serial, issuerName } = fieldsOf(certificate)
  const [, bits] = within(elementAt(decodeDer(issuer.publicKey.export({ type: 'spki', format: 'der' })), 0))
  // The first octet of a bit string says how many of its last bits are unused.
  const keyHash = sha1((bits as Element).content.subarray(1))
  return encodeDer(SEQUENCE, algorithm, encodeDer(OCTET_STRING, sha1(issuerName)), encodeDer(OCTET_STRING, keyHash), serial)
}

function fieldsOf({ raw }: X509Certificate): { readonly serial: Buffer; readonly issuerName: Buffer } {
  const fields = within(elementAt(within(elementAt(decodeDer(raw), 0)), 0))
  const from = fields[0]?.tag === contextTag(0) ? 1 : 0
  return { serial: elementAt(fields, from).whole, issuerName: elementAt(fields, from + 2).whole }
}

/** Reads a response (RFC 6960 §4.2.1) and checks who signed it; throws where it is not what was asked for. */
export function readOcspResponse(response: Buffer, issued: Issued): OcspAnswer {
  const [status, bytes] = within(elementAt(decodeDer(response), 0))
  if (status?.tag !== ENUMERATED || status.content[0] !== 0 || bytes === undefined) {
    throw new Error(`the responder refuses (${status?.content[0] ?? 'no status'})`)
  }
  const [, basic] = within(elementAt(within(bytes), 0))
  const parts = within(elementAt(decodeDer((basic as Element).content), 0))
  checkSignature(parts, issued)
  const responses = within(elementAt(parts, 0)).find(({ tag }) => tag === SEQUENCE)
  const id = certificateId(issued)
  const single = (responses === undefined ? [] : within(responses)).map(within).find((fields) => isAbout(elementAt(fields, 0), id))
  if (single === undefined) throw new Error('the response is about another certificate')
  return readSingle(single)
}

/** The first two fields of an identifier depend on how algorithms are written: the rest says which certificate it is. */
function isAbout(found: Element, id: Buffer): boolean {
  const [, ...expected] = within(elementAt(decodeDer(id), 0))
  const [, ...given] = within(found)
  return given.length === expected.length && given.every((one, index) => one.whole.equals(elementAt(expected, index).whole))
}

function readSingle(fields: readonly Element[]): OcspAnswer {
  const status = { 0: 'good', 1: 'revoked' } as const
  const number = elementAt(fields, 1).tag & 0x1f
  const next = fields.find(({ tag }, index) => index > 2 && tag === contextTag(0))
  return {
    status: status[number as 0 | 1] ?? 'unknown',
    thisUpdate: readTime(elementAt(fields, 2)),
    nextUpdate: next === undefined ? undefined : readTime(elementAt(within(next), 0)),
  }
}

/** `20261122070500Z`. */
function readTime({ content }: Element): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(content.toString('latin1')) ?? []
  const [year = Number.NaN, month = 1, ...rest] = parts.map(Number)
  return Date.UTC(year, month - 1, ...rest)
}

/** Signed by the issuer, or by someone to whom the issuer gave that right (RFC 6960 §4.2.2.2). */
function checkSignature(parts: readonly Element[], { issuer }: Issued): void {
  const [content, algorithm, signature, certificates] = parts as [Element, Element, Element, Element | undefined]
  const hash = HASHES[elementAt(within(algorithm), 0).content.toString('hex')]
  const given = certificates === undefined ? [] : within(elementAt(within(certificates), 0)).map(({ whole }) => new X509Certificate(whole))
  const delegates = given.filter((one) => one.checkIssued(issuer) && one.verify(issuer.publicKey) && one.keyUsage?.includes(OCSP_SIGNING))
  const isSigned = [issuer, ...delegates].some(
    ({ publicKey }) => hash !== undefined && verify(hash, content.whole, publicKey, signature.content.subarray(1)),
  )
  if (!isSigned) throw new Error('the response is not signed by the issuer')
}

const sha1 = (octets: Buffer): Buffer => createHash('sha1').update(octets).digest()
