import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { get, type RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import { makeCertificate } from './certificate.ts'
import { freePort } from './ports.ts'
import { type RunningProcess, startProcess } from './process.ts'
import { type TemporaryFolder, temporaryFolder } from './temp.ts'

export interface PebbleOptions {
  /** Where it looks for answers over HTTP and TLS. */
  readonly httpPort?: number
  readonly tlsPort?: number
  /** Seconds for which certificates are valid. */
  readonly validity?: number
  /** Accounts need one of these keys: identifier → key in base64url. */
  readonly externalAccounts?: Readonly<Record<string, string>>
  /** Alternative roots. */
  readonly roots?: number
  readonly blocked?: readonly string[]
  /** Has a profile `short` as well, of six days. */
  readonly hasShort?: boolean
  readonly env?: Readonly<Record<string, string>>
}

/** A real authority that speaks ACME, with a DNS server for which every name is this machine. */
export interface Pebble extends AsyncDisposable {
  readonly directory: string
  /** The certificate to trust when the directory is called. */
  readonly caFile: string
  /** `host:port` of the DNS server. */
  readonly dns: string
  /** Where the records of the DNS server are managed. */
  readonly managementUrl: string
  readonly folder: TemporaryFolder
  /** Sets and removes records: the interface of the DNS server's management. */
  manage(path: string, body: object): Promise<string>
  /** Common name of one of its roots. */
  rootName(index: number): Promise<string>
  /** What it has printed: one line for each thing that happened. */
  readonly log: () => string
  /** Kills it, or starts it again: it forgets everything. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** Starts one of its own: `await using pebble = await startPebble()`. */
export async function startPebble(options: PebbleOptions = {}): Promise<Pebble> {
  const folder = await temporaryFolder()
  const ports = { acme: await freePort(), management: await freePort(), dns: await freePort(), control: await freePort() }
  const names = await startNames(ports.dns, ports.control)
  const authority = makeCertificate(folder, 'localhost')
  const config = await folder.write('pebble.json', JSON.stringify({ pebble: settingsOf(options, ports, authority) }))
  const env = { PEBBLE_VA_NOSLEEP: '1', PEBBLE_ALTERNATE_ROOTS: String(options.roots ?? 0), ...options.env }
  let server: RunningProcess | undefined
  const start = async (): Promise<void> => {
    const args = ['-config', config, '-dnsserver', `127.0.0.1:${ports.dns}`]
    server = await startProcess('pebble', args, { env, ready: ports.acme, cwd: folder.path })
  }
  const kill = async (): Promise<void> => {
    await server?.stop('SIGKILL')
  }
  await start()
  return {
    directory: `https://localhost:${ports.acme}/dir`,
    caFile: authority.certFile,
    dns: `127.0.0.1:${ports.dns}`,
    managementUrl: `http://127.0.0.1:${ports.control}`,
    folder,
    async manage(path, body) {
      const response = await fetch(`http://127.0.0.1:${ports.control}${path}`, { method: 'POST', body: JSON.stringify(body) })
      return response.text()
    },
    async rootName(index) {
      const { body } = await request({ port: ports.management, ca: readFileSync(authority.certFile), path: `/roots/${index}` })
      return String(/^CN=(.+)$/m.exec(new X509Certificate(body).subject)?.[1])
    },
    log: () => `${server?.stdout}${server?.stderr}`,
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await Promise.all([kill(), names.stop('SIGKILL')])
      await folder[Symbol.asyncDispose]()
    },
  }
}

function startNames(dns: number, control: number): Promise<RunningProcess> {
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-doh', '', '-defaultIPv6', '']
  const args = ['-dnsserver', `127.0.0.1:${dns}`, '-defaultIPv4', '127.0.0.1', '-management', `127.0.0.1:${control}`, ...off]
  return startProcess('pebble-challtestsrv', args, { ready: control })
}

interface Ports {
  readonly acme: number
  readonly management: number
}

function settingsOf(options: PebbleOptions, ports: Ports, authority: { readonly certFile: string; readonly keyFile: string }): object {
  const { httpPort = 1, tlsPort = 1, validity = 7_776_000, externalAccounts, blocked = [], hasShort = false } = options
  return {
    listenAddress: `127.0.0.1:${ports.acme}`,
    managementListenAddress: `127.0.0.1:${ports.management}`,
    certificate: authority.certFile,
    privateKey: authority.keyFile,
    httpPort,
    tlsPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: externalAccounts !== undefined,
    ...(externalAccounts === undefined ? {} : { externalAccountMACKeys: externalAccounts }),
    domainBlocklist: blocked,
    retryAfter: { authz: 1, order: 1 },
    keyAlgorithm: 'ecdsa',
    profiles: {
      default: { description: 'the usual one', validityPeriod: validity },
      // An order that names no profile gets any of them.
      ...(hasShort ? { short: { description: 'a short one', validityPeriod: 518_400 } } : {}),
    },
  }
}

function request(options: RequestOptions): Promise<{ readonly body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: 'localhost', ...options }, (response) => void text(response).then((body) => resolve({ body }), reject)).once(
      'error',
      reject,
    )
  })
}
