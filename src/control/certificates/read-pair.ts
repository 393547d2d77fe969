import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { ConfiguredCertificate } from '../../config/tls.ts'
import type { FindingCode } from '../../findings/finding.ts'
import { quote } from '../../findings/show.ts'
import type { CertificatePair } from '../../tls/settings.ts'

/** What is wrong with a certificate or its key. */
export interface BadPair {
  readonly field: 'certFile' | 'keyFile'
  readonly code: FindingCode
  readonly problem: string
}

const isContent = (text: string): boolean => text.includes('-----BEGIN')

/** Reads a certificate and its key, each the PEM text itself or the file that holds it, and tries whether they work together. */
export function readPair({ certFile, keyFile }: ConfiguredCertificate): CertificatePair | BadPair {
  const cert = readText(certFile)
  if ('reason' in cert) {
    return { field: 'certFile', code: 'GTW_UNREADABLE', problem: `is ${quote(certFile)}, a file that cannot be read (${cert.reason})` }
  }
  const key = readText(keyFile)
  // What cannot be read may be a key without its first line: it is not shown.
  if ('reason' in key) return { field: 'keyFile', code: 'GTW_UNREADABLE', problem: `names a file that cannot be read (${key.reason})` }
  const names = namesIn(cert.text)
  if (names === undefined) return { field: 'certFile', code: 'GTW_BAD_VALUE', problem: 'is no certificate in PEM' }
  const problem = problemOfKey(cert.text, key.text)
  if (problem !== undefined) return { field: 'keyFile', code: 'GTW_BAD_VALUE', problem }
  return { names, cert: cert.text, key: key.text }
}

function readText(item: string): { readonly text: string } | { readonly reason: string } {
  if (isContent(item)) return { text: item }
  try {
    return { text: readFileSync(item, 'utf8') }
  } catch (error) {
    return { reason: (error as NodeJS.ErrnoException).code ?? 'not a file name' }
  }
}

/** The names that a certificate is for, in lower case; undefined where the text is no certificate. */
export function namesIn(pem: string): string[] | undefined {
  try {
    const certificate = new X509Certificate(pem)
    const names = (certificate.subjectAltName ?? '').split(', ').flatMap((name) => /^(?:DNS|IP Address):([^"]+)$/.exec(name)?.[1] ?? [])
    const common = /^CN=(.+)$/m.exec(certificate.subject ?? '')?.[1]
    return [...new Set([...(common === undefined ? [] : [common]), ...names].map((name) => name.toLowerCase()))]
  } catch {
    return undefined
  }
}

function problemOfKey(cert: string, key: string): string | undefined {
  try {
    createSecureContext({ cert, key })
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return 'is not the key of the certificate'
    return `does not work with the certificate (${code ?? 'not a private key in PEM'})`
  }
}
