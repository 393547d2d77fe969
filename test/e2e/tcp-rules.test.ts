import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { rawExchange } from '../harness/http-client.ts'
import { needs } from '../harness/services.ts'
import { echo, type StreamOrigin, startStreamOrigin } from '../harness/stream-origin.ts'
import { handshake, type TlsRequest } from '../harness/tls-client.ts'

/** Servers that say their names, as the services of routers of the same names. */
class Servers implements AsyncDisposable {
  readonly #origins = new Map<string, StreamOrigin>()

  static async named(...names: readonly string[]): Promise<Servers> {
    const servers = new Servers()
    for (const name of names) servers.#origins.set(name, await startStreamOrigin(echo(name)))
    return servers
  }

  /** `options` are those of each router beside its service. */
  configuration(options: Readonly<Record<string, string>>, more = ''): string {
    const routers = Object.entries(options).map(([name, own]) => `    ${name}: { ${own}, entryPoints: [web], service: ${name} }`)
    const services = [...this.#origins].map(
      ([name, { address }]) => `    ${name}: { loadBalancer: { servers: [{ address: "${address}" }] } }`,
    )
    return `\ntcp:\n  routers:\n${routers.join('\n')}\n  services:\n${services.join('\n')}\n${more}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const origin of this.#origins.values()) await origin[Symbol.asyncDispose]()
  }
}

async function clearBanner(port: number): Promise<string> {
  const answer = await rawExchange(port, '', { until: (received) => received.includes(':') })
  return answer.toString().replace(/:.*/s, '')
}

async function secureBanner(port: number, options: TlsRequest): Promise<string> {
  const socket = await handshake(port, { ALPNProtocols: [], ...options })
  const [banner] = await once(socket, 'data', { signal: AbortSignal.timeout(5_000) })
  socket.destroy()
  return String(banner).replace(/:.*/s, '')
}

const rule = (text: string, more = ', tls: {}'): string => `rule: '${text}'${more}`

for (const workers of [1, 4]) {
  needs(['openssl'], `each matcher and operator finds its connections (${workers} workers)`, async () => {
    await using servers = await Servers.named('exact', 'label', 'pattern', 'alpn', 'not', 'group', 'foreign', 'rest')
    await using gateway = await startGateway({
      workers,
      dynamic: servers.configuration({
        exact: rule('HostSNI(`Exact.Test`)'),
        label: rule('hostsni(`*.label.test`)'),
        pattern: rule('HOSTSNIREGEXP(`^p[0-9]+\\.`)'),
        alpn: rule('HostSNI(`alpn.test`) && ALPN(`mqtt`)'),
        not: rule('HostSNI(`alpn.test`) && !ALPN(`mqtt`)'),
        group: rule('(HostSNI(`one.test`) || HostSNI(`two.test`)) && (ClientIP(`10.0.0.1`) || ClientIP(`127.0.0.1`))'),
        foreign: rule('HostSNI(`three.test`) && ClientIP(`10.0.0.0/8`)'),
        rest: rule('HostSNI(`*`)'),
      }),
    })
    const cases: [servername: string, expected: string, protocols?: string[]][] = [
      ['exact.test', 'exact'],
      ['EXACT.test', 'exact'],
      ['deep.exact.test', 'rest'],
      ['a.label.test', 'label'],
      ['a.b.label.test', 'rest'],
      ['label.test', 'rest'],
      ['p42.test', 'pattern'],
      ['P42.test', 'pattern'],
      ['px.test', 'rest'],
      ['alpn.test', 'alpn', ['other', 'mqtt']],
      ['alpn.test', 'not', ['other']],
      ['alpn.test', 'not'],
      ['one.test', 'group'],
      ['two.test', 'group'],
      ['three.test', 'rest'],
      ['', 'rest'],
    ]
    for (const [servername, expected, ALPNProtocols = []] of cases) {
      const banner = await secureBanner(gateway.port, { ALPNProtocols, ...(servername === '' ? {} : { servername }) })
      expect(banner, `${servername} ${ALPNProtocols}`).toBe(expected)
    }
  })
}

test('rules that cannot be are told with their place, and disable their routers only', async () => {
  await using servers = await Servers.named('fine', 'many', 'high', 'bad')
  await using gateway = await startGateway({
    dynamic: servers.configuration({
      fine: rule('ClientIP(`127.0.0.1`)', ''),
      many: rule('HostSNI(`a.test`, `b.test`)'),
      high: rule('ClientIP(`127.0.0.1`)', ', priority: 9223372036854775000'),
      bad: rule('HostSNIRegexp(`(`)'),
    }),
  })
  expect(await clearBanner(gateway.port)).toBe('fine')
  const told = gateway.process.stdout + gateway.process.stderr
  for (const place of ['tcp.routers.many.rule', 'tcp.routers.high.priority', 'tcp.routers.bad.rule']) expect(told).toContain(place)
})

test('routers of one priority and one provider go by name', async () => {
  await using servers = await Servers.named('a', 'b')
  const same = rule('ClientIP(`127.0.0.1`)', ', priority: 7')
  await using gateway = await startGateway({ dynamic: servers.configuration({ b: same, a: same }) })
  expect(await clearBanner(gateway.port)).toBe('a')
})

test('services of services of services get their parts', async () => {
  await using servers = await Servers.named('one', 'two', 'three')
  const parts = `    top: { weighted: { services: [{ name: pair }, { name: three, weight: 2 }] } }
    pair: { weighted: { services: [{ name: one, weight: 3 }, { name: two }] } }
`
  await using gateway = await startGateway({
    dynamic: servers.configuration({ one: rule('HostSNI(`*`)', '') }, parts).replace('service: one }', 'service: top }'),
    workers: 4,
  })
  const banners: string[] = []
  for (let index = 0; index < 24; index++) banners.push(await clearBanner(gateway.port))
  const times = (name: string): number => banners.filter((banner) => banner === name).length
  expect([times('one'), times('two'), times('three')]).toEqual([6, 2, 16])
})
