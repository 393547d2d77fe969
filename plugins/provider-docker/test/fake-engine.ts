import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { type TemporaryFolder, temporaryFolder } from '../../../test/harness/temp.ts'
import type { InspectedContainer } from '../src/engine.ts'

/** What is different from a running container in one network. */
export interface Facts {
  readonly labels?: Readonly<Record<string, string>>
  readonly state?: string
  readonly health?: string
  readonly mode?: string
  readonly networks?: Readonly<Record<string, string>>
  readonly ports?: NonNullable<InspectedContainer['NetworkSettings']>['Ports']
  readonly exposed?: readonly string[]
}

/** A container as a real engine describes it. */
export function containerOf(name: string, facts: Facts = {}): InspectedContainer {
  const {
    labels = {},
    state = 'running',
    health,
    mode = 'front',
    networks = { front: '10.0.0.2' },
    ports = { '80/tcp': null },
    exposed = [],
  } = facts
  return {
    Id: idOf(name),
    Name: `/${name}`,
    State: { Status: state, ...(health === undefined ? {} : { Health: { Status: health } }) },
    Config: { Labels: labels, ExposedPorts: Object.fromEntries(exposed.map((port) => [port, {}])) },
    HostConfig: { NetworkMode: mode },
    NetworkSettings: {
      Ports: ports,
      Networks: Object.fromEntries(
        Object.entries(networks).map(([network, address]) => [network, { NetworkID: idOf(network), ...addressOf(address) }]),
      ),
    },
  }
}

/** 64 hexadecimal digits. */
export function idOf(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(64, '0')
}

function addressOf(address: string) {
  return address.includes(':') ? { IPAddress: '', GlobalIPv6Address: address } : { IPAddress: address }
}

/** A real HTTP server on a Unix socket that answers as an engine does. */
export class FakeEngine implements AsyncDisposable {
  readonly endpoint: string
  /** Paths that were asked for. */
  readonly asked: string[] = []
  /** Containers that cannot be inspected. */
  readonly broken = new Set<string>()
  /** Containers for which nothing is answered until they are well again. */
  readonly stuck = new Set<string>()
  /** Answers that are cut off in the middle, by their path without a version. */
  readonly cut = new Set<string>()
  /** Hears with which query somebody wants to be told of changes. */
  onEvents: (query: URLSearchParams) => void = () => {}
  /** Whether who listens is told of changes. */
  tells = true
  version = '1.41'
  /** Services of a swarm of which no task runs, by name with their labels. */
  services: Readonly<Record<string, Readonly<Record<string, string>>>> = {}
  #containers: readonly InspectedContainer[] = []
  readonly #path: string
  readonly #folder: TemporaryFolder
  readonly #streams = new Set<ServerResponse>()
  #server: Server | undefined

  constructor(folder: TemporaryFolder) {
    this.#folder = folder
    this.#path = join(folder.path, 'docker.sock')
    this.endpoint = `unix://${this.#path}`
  }

  /** How many hear of changes. */
  get listeners(): number {
    return this.#streams.size
  }

  /** These are all containers from now on. */
  set(...containers: readonly InspectedContainer[]): void {
    this.#containers = containers
    if (!this.tells) return
    for (const stream of this.#streams) stream.write('{"Type":"container","Action":"start"}\n')
  }

  async listen(): Promise<void> {
    this.#server = createServer(this.answer)
    this.#server.listen(this.#path)
    await once(this.#server, 'listening')
  }

  /** Goes away in the middle of everything. */
  async close(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }

  readonly answer: RequestListener = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://engine')
    const path = pathname.replace(/^\/v[\d.]+/, '')
    this.asked.push(pathname)
    if (this.cut.has(path)) return void response.writeHead(200).write('[', () => response.destroy())
    if (path === '/version') return reply(response, { ApiVersion: this.version })
    if (path === '/containers/json') return reply(response, this.#containers.map(listed))
    if (path === '/services')
      return reply(
        response,
        Object.entries(this.services).map(([Name, Labels]) => ({ ID: idOf(Name), Spec: { Name, Labels } })),
      )
    if (path === '/tasks' || path === '/networks') return reply(response, [])
    if (path === '/events') {
      this.onEvents(searchParams)
      return this.#stream(request, response)
    }
    const [, id = ''] = /^\/containers\/(\w+)\/json$/.exec(path) ?? []
    const found = this.#containers.find(({ Id, Name }) => Id === id || Name === `/${id}`)
    if (found === undefined) return reply(response, { message: 'no such container' }, 404)
    if (this.stuck.has(found.Name.slice(1))) return
    if (this.broken.has(found.Name.slice(1))) return reply(response, { message: 'it is broken' }, 500)
    return reply(response, found)
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    this.#streams.add(response)
    request.once('close', () => this.#streams.delete(response))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await this.#folder[Symbol.asyncDispose]()
  }
}

function listed({ Id, Name, State, Config }: InspectedContainer): object {
  return { Id, Names: [Name], State: State?.Status, Labels: Config?.Labels }
}

function reply(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Starts one. */
export async function fakeEngine(): Promise<FakeEngine> {
  const engine = new FakeEngine(await temporaryFolder())
  await engine.listen()
  return engine
}

/** How a test of conformance reaches an engine through another address. */
export function connectionTo<Options>({ endpoint }: { readonly endpoint: string }, optionsAt: (endpoint: string) => Options) {
  return { target: { path: endpoint.replace('unix://', '') }, options: (address: string) => optionsAt(`tcp://${address}`) }
}
