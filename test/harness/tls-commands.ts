import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { opensslClient, suiteIn } from './openssl-client.ts'
import type { TemporaryFolder } from './temp.ts'
import { type Alert, type Done, type Outcome, SUITES, type TlsOffer, type TlsVersion } from './tls-model.ts'
import type { ClientCertificates } from './tls-observer.ts'

/** Where to, and with what. */
export interface Target {
  readonly port: number
  readonly host: string
  readonly certificates: ClientCertificates
  readonly folder: TemporaryFolder
}

const ALERTS: Readonly<Record<string, Alert>> = {
  'handshake failure': 'handshake_failure',
  'illegal parameter': 'illegal_parameter',
  'protocol version': 'protocol_version',
  'unsupported protocol': 'protocol_version',
  'unrecognized name': 'unrecognized_name',
  'certificate required': 'certificate_required',
  'no application protocol': 'no_application_protocol',
}
const ALERT = new RegExp(`(?:(?:sslv3|tlsv1|tlsv13)(?: alert)? |:)(${Object.keys(ALERTS).join('|')})`)

/** Type, flags and stream of the frame that HTTP/2 begins with (RFC 9113 §6.5). */
const SETTINGS = '\u0004\0\0\0\0\0'

/** What `openssl s_client` gets that makes this offer, in two connections. */
export async function askOpenssl(offer: TlsOffer, target: Target): Promise<Outcome> {
  const { folder, host, port } = target
  const [newer, older] = suiteLists(offer)
  const args = [
    ...['-servername', host, '-min_protocol', offer.versions[0], '-max_protocol', offer.versions[1]],
    ...['-ciphersuites', newer, '-cipher', older, '-groups', offer.groups.join(':'), '-ign_eof'],
    ...(offer.protocols.length === 0 ? [] : ['-alpn', offer.protocols.join(',')]),
    ...certificateArgs(offer, target, '-cert', '-key'),
  ]
  // HTTP/2 does not begin like this: there, settings are the answer, and the end of the connection.
  const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
  const session = join(folder.path, `${host}.session`)
  const said = await opensslClient(port, [...args, '-sess_out', session], request)
  const isAnswered = said.includes('HTTP/1.1 200 ') || said.includes(SETTINGS)
  if (!isAnswered) return { refused: [alertIn(said)] }
  const again = await opensslClient(port, [...args, '-sess_in', session], request)
  const short = suiteIn(said) ?? ''
  return {
    shown: (/^subject=CN = (?:\*\.)?(\w+)/m.exec(said)?.[1] ?? '') as Done['shown'],
    version: (short.startsWith('TLS_') ? 'TLSv1.3' : /Protocol *: (\S+)/.exec(said)?.[1]) as TlsVersion,
    suite: registeredName(short),
    group: curveIn(said),
    protocol: /^ALPN protocol: (\S+)/m.exec(said)?.[1] ?? '',
    resumes: /^Reused, /m.test(again),
  }
}

/** What curl gets that makes this offer; it does not tell the group, and whether a session was resumed. */
export async function askCurl(offer: TlsOffer, target: Target): Promise<{ refused: Alert[] } | Omit<Done, 'group' | 'resumes'>> {
  const { host, port } = target
  const [newer, older] = suiteLists(offer)
  const [least, most] = offer.versions.map((version) => (version === 'TLSv1' ? '1.0' : version.slice('TLSv'.length)))
  const [first] = offer.protocols
  const args = [
    ...['-sv', '-k', '--noproxy', '*', '--connect-to', `::127.0.0.1:${port}`, `--tlsv${least}`, '--tls-max', most as string],
    ...['--tls13-ciphers', newer, '--ciphers', older, '--curves', offer.groups.join(':')],
    ...(first === undefined ? ['--http1.1', '--no-alpn'] : [first === 'h2' ? '--http2' : '--http1.1']),
    ...certificateArgs(offer, target, '--cert', '--key'),
    `https://${host}:${port}/`,
  ]
  const said = await new Promise<string>((resolve) => execFile('curl', args, (_, out, errors) => resolve(out + errors)))
  const [, version = '', short = ''] = /SSL connection using (\S+) \/ (\S+)/.exec(said) ?? []
  if (!/^< HTTP\/\S+ 200/m.test(said)) return { refused: [alertIn(said)] }
  return {
    shown: (/^\* {2}subject: CN=(?:\*\.)?(\w+)/m.exec(said)?.[1] ?? '') as Done['shown'],
    version: version.replace('TLSv1.0', 'TLSv1') as TlsVersion,
    suite: registeredName(short),
    protocol: /^\* ALPN: server accepted (\S+)/m.exec(said)?.[1] ?? '',
  }
}

/** The suites of TLS 1.3, and the others with all that OpenSSL would rather not use. */
function suiteLists({ suites }: TlsOffer): [newer: string, older: string] {
  const isNew = (name: string): boolean => SUITES[name]?.since === 'TLSv1.3'
  const older = suites.filter((name) => !isNew(name)).map((name) => SUITES[name]?.short)
  return [suites.filter(isNew).join(':'), [...older, '@SECLEVEL=0'].join(':')]
}

function certificateArgs({ certificate }: TlsOffer, { certificates }: Target, certFlag: string, keyFlag: string): string[] {
  return certificate === 'none' ? [] : [certFlag, certificates[certificate].certFile, keyFlag, certificates[certificate].keyFile]
}

function alertIn(said: string): Alert {
  return ALERTS[ALERT.exec(said)?.[1] ?? ''] ?? 'closed'
}

function registeredName(short: string): string {
  return Object.entries(SUITES).find(([, suite]) => suite.short === short)?.[0] ?? short
}

function curveIn(said: string): string {
  const [, first = '', second = ''] = /^Server Temp Key: (\w+)(?:, ([a-z]\w+))?,/m.exec(said) ?? []
  return { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[second] ?? first
}
