import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { DetailedPeerCertificate } from 'node:tls'
import { expect } from 'vitest'
import { type RunningGateway, startGateway } from './gateway.ts'
import type { Pebble } from './pebble.ts'
import type { TemporaryFolder } from './temp.ts'
import { handshake } from './tls-client.ts'

export interface AcmeGatewayOptions {
  readonly pebble: Pick<Pebble, 'directory' | 'caFile'>
  /** Port of the entry point `websecure`. */
  readonly secure: number
  /** Port of the entry point `plain`, which redirects to it. */
  readonly plain?: number
  /** Further options of the resolver `le`, a line each. */
  readonly resolver: readonly string[]
  /** Routers as `router` makes them. */
  readonly routers: readonly string[]
  /** What comes behind them in the dynamic configuration. */
  readonly more?: string
  /** Routers and servers may answer challenges on both entry points. */
  readonly allowsBypass?: boolean
  readonly workers?: number
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

/** A router with TLS in front of the gateway's own echo. */
export function router(name: string, rule: string, tls = 'certResolver: le'): string {
  return `
    ${name}:
      rule: ${rule}
      entryPoints: [websecure]
      service: whoami@internal
      tls: { ${tls} }`
}

/** The dynamic configuration with these routers. */
export const dynamicOf = (routers: readonly string[]): string => `http:\n  routers:${routers.join('')}\n`

/** Starts the real command line with one resolver of certificates. */
export function startAcmeGateway(options: AcmeGatewayOptions): Promise<RunningGateway> {
  const { pebble, secure, plain, resolver, routers, more = '', allowsBypass = false, workers = 1, env = {}, args = [] } = options
  const lines = [`caServer: ${pebble.directory}`, `caCertificates: [${pebble.caFile}]`, 'email: someone@example.com', ...resolver]
  const bypass = `\n    allowACMEByPass: ${allowsBypass}`
  const redirecting = `  plain:
    address: 127.0.0.1:${plain}${bypass}
    http: { redirections: { entryPoint: { to: websecure } } }`
  return startGateway({
    dynamic: dynamicOf(routers) + more,
    static: `certificatesResolvers:\n  le:\n    acme:\n${lines.map((line) => `      ${line}\n`).join('')}`,
    web: `  websecure:\n    address: 127.0.0.1:${secure}${bypass}\n${plain === undefined ? '' : redirecting}`,
    args,
    workers,
    env,
  })
}

/** The certificate that is shown for a name at this moment. */
export async function shownFor(port: number, servername: string): Promise<DetailedPeerCertificate> {
  const socket = await handshake(port, { servername })
  try {
    return socket.getPeerCertificate(true)
  } finally {
    socket.destroy()
  }
}

/** The certificate for a name, as soon as one is shown that is as it should be; by default one of the authority. */
export async function untilShown(
  port: number,
  servername: string,
  isRight = ({ issuer }: DetailedPeerCertificate): boolean => String(issuer.CN).startsWith('Pebble'),
): Promise<DetailedPeerCertificate> {
  for (;;) {
    const certificate = await shownFor(port, servername)
    if (isRight(certificate)) return certificate
    await pause(50)
  }
}

/** What a gateway has stored in a folder. */
export function storedIn(folder: TemporaryFolder): {
  le: { Account: { PrivateKey: string; Registration: { uri: string } }; Certificates: StoredEntry[] }
} {
  return JSON.parse(readFileSync(join(folder.path, 'acme.json'), 'utf8'))
}

interface StoredEntry {
  readonly domain: { readonly main: string; readonly sans?: readonly string[] }
  readonly certificate: string
  readonly key: string
}

/** Nothing that a gateway has printed holds any of the keys that are stored in a folder, by default its own. */
export function expectNothingPrivate(gateway: RunningGateway, folder: TemporaryFolder = gateway.folder): void {
  const { Account, Certificates } = storedIn(folder).le
  // The second line of a PEM is the first one of the key alone.
  const keys = Certificates.map(({ key }) => Buffer.from(key, 'base64').toString().split('\n')[1] ?? '')
  const printed = gateway.process.stdout + gateway.process.stderr
  for (const secret of [Account.PrivateKey.slice(40, 80), ...keys]) {
    expect(secret.length).toBeGreaterThan(30)
    expect(printed).not.toContain(secret)
  }
}
