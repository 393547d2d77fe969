import { createSecureContext } from 'node:tls'
import type { ServersTransport } from '../config/servers-transport.ts'
import type { FindingCode, Path } from '../findings/finding.ts'
import { quote } from '../findings/show.ts'
import { protocolOptions } from '../tls/client-options.ts'
import type { CertificatePair } from '../tls/settings.ts'
import { readAuthorities } from './authorities.ts'
import { type ExpiryJudge, REPLACE_IN_TIME } from './certificates/expiry-judge.ts'
import { namesIn, readPair } from './certificates/read-pair.ts'
import { type Validity, validityOf } from './certificates/validity.ts'
import { MadeFromFiles } from './made-from-files.ts'

/** What is wrong with a part of a servers transport; with an error it cannot be used, as what is left would be weaker. */
interface BadPart {
  /** Below the transport. */
  readonly place: Path
  readonly code: FindingCode
  readonly problem: string
  readonly severity: 'error' | 'warning'
  readonly hint?: string
}

/** The part of a transport that names files or is about versions of TLS. */
type TlsPart = Pick<ServersTransport, 'rootCAs' | 'certificates'> &
  Partial<Pick<ServersTransport, 'minVersion' | 'maxVersion' | 'cipherSuites'>>

/** A transport as workers need it: with the contents of the files that it names. */
export interface ReadTransport<Transport extends TlsPart = ServersTransport> {
  readonly transport: Transport
  readonly bad: readonly BadPart[]
}

/** What was found in the files of a transport, whenever that was. */
interface FoundInFiles extends ReadTransport<TlsPart> {
  readonly dated: readonly { readonly place: Path; readonly validity: Validity }[]
}

/** Files are read when a provider speaks or when they have changed, not each time that another provider speaks. */
const known = new MadeFromFiles<TlsPart, FoundInFiles>()

/** Reads the files of a transport, tries whether its parts work together, and has its certificates judged. */
export function readTransport<Transport extends TlsPart>(configured: Transport, expiry: ExpiryJudge): ReadTransport<Transport> {
  const { transport, bad, dated } = known.of(configured, (note) => {
    const { rootCAs, certificates } = configured
    const texts = [...rootCAs, ...certificates.flatMap(({ certFile, keyFile }) => [certFile, keyFile])]
    for (const text of texts) if (!text.includes('-----BEGIN')) note(text)
    return readAgain(configured)
  })
  const judged = dated.flatMap(({ place, validity }): readonly BadPart[] => {
    const judgement = expiry.judge(validity)
    return judgement === undefined ? [] : [{ place, ...judgement, severity: 'warning', hint: REPLACE_IN_TIME }]
  })
  return { transport: transport as Transport, bad: [...bad, ...judged] }
}

/** The files that were read for a transport, or that should have been. */
export function filesOfTransport(configured: TlsPart): Iterable<string> {
  return known.filesOf(configured)
}

function readAgain(configured: TlsPart): FoundInFiles {
  const bad: BadPart[] = []
  const rootCAs = readRoots(configured.rootCAs, bad)
  const certificates = readCertificates(configured.certificates, bad)
  checkProtocol(configured, bad)
  const read = certificates.map(({ pair }) => ({ certFile: pair.cert, keyFile: pair.key }))
  return { transport: { ...configured, rootCAs, certificates: read }, bad, dated: certificates.flatMap(datedOf) }
}

function readRoots(items: readonly string[], bad: BadPart[]): readonly string[] {
  const { texts, unreadable } = readAuthorities(items)
  for (const { index, file, reason } of unreadable) {
    const problem = `is ${quote(file)}, a file that cannot be read (${reason})`
    bad.push({ place: ['rootCAs', index], code: 'GTW_UNREADABLE', problem, severity: 'error' })
  }
  // Without the ones that cannot be read, the places of the others are not known.
  if (unreadable.length > 0) return texts
  for (const [index, text] of texts.entries()) {
    if (namesIn(text) !== undefined) continue
    bad.push({ place: ['rootCAs', index], code: 'GTW_BAD_VALUE', problem: 'holds no certificate in PEM', severity: 'error' })
  }
  return texts
}

interface ReadCertificate {
  readonly pair: CertificatePair
  readonly place: Path
}

function readCertificates(configured: ServersTransport['certificates'], bad: BadPart[]): readonly ReadCertificate[] {
  const read: ReadCertificate[] = []
  for (const [index, one] of configured.entries()) {
    const pair = readPair(one)
    if ('problem' in pair) {
      const { field, code, problem } = pair
      bad.push({ place: ['certificates', index, field], code, problem, severity: 'error' })
      continue
    }
    read.push({ pair, place: ['certificates', index, 'certFile'] })
  }
  return read
}

function datedOf({ pair, place }: ReadCertificate): FoundInFiles['dated'] {
  const validity = validityOf(pair.cert)
  return validity === undefined ? [] : [{ place, validity }]
}

function checkProtocol(transport: TlsPart, bad: BadPart[]): void {
  const { minVersion, maxVersion } = transport
  for (const [field, version] of Object.entries({ minVersion, maxVersion })) {
    if (version !== 'VersionTLS10' && version !== 'VersionTLS11') continue
    bad.push({ place: [field], code: 'GTW_INSECURE', problem: `is ${version}, which was broken long ago`, severity: 'warning' })
  }
  // The names are ordered as the versions are.
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion) {
    bad.push({ place: ['maxVersion'], code: 'GTW_BAD_VALUE', problem: 'is below the lowest version', severity: 'error' })
    return
  }
  try {
    createSecureContext(protocolOptions(transport))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    bad.push({ place: ['cipherSuites'], code: 'GTW_BAD_VALUE', problem: `cannot be used (${code ?? message})`, severity: 'error' })
  }
}
