import { createSecureContext } from 'node:tls'
import type { ConfiguredTlsOptions } from '../../config/tls.ts'
import type { FindingCode, Path } from '../../findings/finding.ts'
import { quote } from '../../findings/show.ts'
import { contextOptions } from '../../tls/context-options.ts'
import { haveSuiteFor, isAvailableSuite, TLS_VERSIONS, toCipherList, toGroupList } from '../../tls/names.ts'
import { type ClientAuth, DEFAULT_TLS_OPTIONS, type TlsOptions } from '../../tls/settings.ts'
import { readAuthorities } from '../authorities.ts'
import { namesIn } from './read-pair.ts'

/** What is wrong with TLS options; a warning leaves them as they are. */
interface BadOption {
  readonly place: Path
  readonly code: FindingCode
  readonly problem: string
  readonly severity: 'error' | 'warning'
}

/** TLS options as workers need them, and what is wrong with them; with an error they are broken. */
interface ReadOptions {
  readonly options: TlsOptions
  readonly bad: readonly BadOption[]
}

/** Turns configured options into plain ones: files are read, and OpenSSL is asked whether it can do what they say. */
export function readOptions(configured: ConfiguredTlsOptions): ReadOptions {
  const bad: BadOption[] = []
  const { minVersion, maxVersion, cipherSuites = [], curvePreferences = [], sniStrict, alpnProtocols, disableSessionTickets } = configured
  const clientAuth = readClientAuth(configured.clientAuth, bad)
  const options: TlsOptions = {
    minVersion: minVersion === undefined ? (DEFAULT_TLS_OPTIONS.minVersion as 'TLSv1.2') : TLS_VERSIONS[minVersion],
    ...(maxVersion === undefined ? {} : { maxVersion: TLS_VERSIONS[maxVersion] }),
    ...(cipherSuites.length === 0 ? {} : { ciphers: toCipherList(cipherSuites) }),
    ...(curvePreferences.length === 0 ? {} : { groups: toGroupList(curvePreferences) }),
    ...(clientAuth === undefined ? {} : { clientAuth }),
    sniStrict,
    // Who comes with nothing but that is answered before options count.
    protocols: alpnProtocols.filter((protocol) => protocol !== 'acme-tls/1'),
    tickets: !disableSessionTickets,
  }
  checkOptions(options, configured, bad)
  return { options, bad }
}

function readClientAuth(configured: ConfiguredTlsOptions['clientAuth'], bad: BadOption[]): ClientAuth | undefined {
  if (configured === undefined) return undefined
  const { caFiles, clientAuthType = caFiles.length > 0 ? 'RequireAndVerifyClientCert' : 'NoClientCert' } = configured
  if (clientAuthType === 'NoClientCert') return undefined
  const verified = clientAuthType === 'VerifyClientCertIfGiven' || clientAuthType === 'RequireAndVerifyClientCert'
  const required = clientAuthType === 'RequireAnyClientCert' || clientAuthType === 'RequireAndVerifyClientCert'
  const { texts, unreadable } = readAuthorities(caFiles)
  for (const { index, file, reason } of unreadable) {
    const problem = `is ${quote(file)}, a file that cannot be read (${reason})`
    bad.push({ place: ['clientAuth', 'caFiles', index], code: 'GTW_UNREADABLE', problem, severity: 'error' })
  }
  // The library takes what is no certificate for no authority at all.
  for (const [index, text] of texts.entries()) {
    if (namesIn(text) !== undefined) continue
    bad.push({ place: ['clientAuth', 'caFiles', index], code: 'GTW_BAD_VALUE', problem: 'is no certificate in PEM', severity: 'error' })
  }
  if (verified && caFiles.length === 0) {
    const problem = `is ${clientAuthType}, which needs \`caFiles\``
    bad.push({ place: ['clientAuth', 'clientAuthType'], code: 'GTW_MISSING', problem, severity: 'error' })
  }
  return { required, verified, authorities: verified ? texts : [] }
}

/** What most certificates of clients are on that have no RSA key. */
const USUAL_CURVE = 'P-256'

/** In TLS 1.2 the library takes certificates with ECDSA only on curves that it takes for the key exchange, too (RFC 8422 §5.1). */
function refusesUsualCurve({ minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3', groups, clientAuth }: TlsOptions): boolean {
  const hasSecond = minVersion <= 'TLSv1.2' && maxVersion >= 'TLSv1.2'
  return clientAuth !== undefined && hasSecond && groups !== undefined && !groups.split(':').includes(USUAL_CURVE)
}

function checkOptions(options: TlsOptions, { minVersion, cipherSuites = [] }: ConfiguredTlsOptions, bad: BadOption[]): void {
  for (const [index, name] of cipherSuites.entries()) {
    if (isAvailableSuite(name)) continue
    const problem = `is ${name}, which is so weak that the TLS library does not have it any more: it is not offered`
    bad.push({ place: ['cipherSuites', index], code: 'GTW_UNSUPPORTED', problem, severity: 'warning' })
  }
  if (minVersion === 'VersionTLS10' || minVersion === 'VersionTLS11') {
    const problem = `is ${minVersion}, which was broken long ago`
    bad.push({ place: ['minVersion'], code: 'GTW_INSECURE', problem, severity: 'warning' })
  }
  const highest = options.maxVersion ?? 'TLSv1.3'
  if (cipherSuites.length > 0 && !haveSuiteFor(cipherSuites, highest)) {
    const problem = `has no suite that is for ${highest} or older: every handshake would fail`
    bad.push({ place: ['cipherSuites'], code: 'GTW_BAD_VALUE', problem, severity: 'error' })
  }
  if (refusesUsualCurve(options)) {
    const problem = `lacks ${USUAL_CURVE}: in TLS 1.2, certificates of clients that are on this curve are refused`
    bad.push({ place: ['curvePreferences'], code: 'GTW_UNSUPPORTED', problem, severity: 'warning' })
  }
  if (options.minVersion !== undefined && options.maxVersion !== undefined && options.minVersion > options.maxVersion) {
    bad.push({ place: ['maxVersion'], code: 'GTW_BAD_VALUE', problem: 'is below the lowest version', severity: 'error' })
  }
  try {
    createSecureContext(contextOptions(options))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    bad.push({ place: [], code: 'GTW_BAD_VALUE', problem: `cannot be used (${code ?? message})`, severity: 'error' })
  }
}
