import { setTimeout as pause } from 'node:timers/promises'
import { type Response, request } from './http-client.ts'
import { freePort } from './ports.ts'
import { type RunningProcess, startProcess } from './process.ts'
import { type TemporaryFolder, temporaryFolder } from './temp.ts'

/** A server of Consul on loopback ports, which keeps what it knows when it is killed and started again. */
export interface ConsulServer extends AsyncDisposable {
  /** Its HTTP API, as `host:port`. */
  readonly address: string
  readonly port: number
  readonly folder: TemporaryFolder
  /** Calls the API; throws where that fails. */
  call(method: string, path: string, body?: unknown): Promise<Response>
  /** Sets and deletes keys (null) in as few transactions as may be. */
  write(pairs: Readonly<Record<string, string | null>>): Promise<void>
  /** Kills it. */
  kill(): Promise<void>
  /** Starts it, on the same ports, with the same data; resolves when it listens, not when it can answer. */
  start(): Promise<void>
  /** Resolves when it can answer. */
  ready(): Promise<void>
}

export interface ConsulServerOptions {
  /** Settings beside the usual ones, as for a configuration file. */
  readonly settings?: object
  /** A token that may do everything, where access is controlled. */
  readonly token?: string
  /** A port for TLS beside the usual one. */
  readonly httpsPort?: number
}

/** The most operations that Consul takes in one transaction. */
const TRANSACTION = 64

/** Starts a server of its own: `await using consul = await startConsul()`. */
export async function startConsul({ settings = {}, token = '', httpsPort = -1 }: ConsulServerOptions = {}): Promise<ConsulServer> {
  const folder = await temporaryFolder()
  const server = new Server(folder, token, await freePort())
  try {
    await folder.write(
      'server.json',
      JSON.stringify({ ...(await usualSettings(folder, { http: server.port, https: httpsPort })), ...settings }),
    )
    await server.start()
    await server.ready()
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
  return server
}

async function usualSettings(folder: TemporaryFolder, api: { readonly http: number; readonly https: number }): Promise<object> {
  return {
    server: true,
    bootstrap_expect: 1,
    node_name: 'node-1',
    data_dir: `${folder.path}/data`,
    bind_addr: '127.0.0.1',
    client_addr: '127.0.0.1',
    ports: { ...api, server: await freePort(), serf_lan: await freePort(), serf_wan: await freePort(), dns: -1, grpc: -1 },
    performance: { raft_multiplier: 1 },
    disable_host_node_id: true,
    disable_update_check: true,
    // Nobody else stands for election where this one is away.
    leave_on_terminate: false,
    log_level: 'warn',
  }
}

class Server implements ConsulServer {
  readonly folder: TemporaryFolder
  readonly port: number
  readonly #token: string
  #process: RunningProcess | undefined

  constructor(folder: TemporaryFolder, token: string, port: number) {
    this.folder = folder
    this.port = port
    this.#token = token
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  async call(method: string, path: string, body?: unknown): Promise<Response> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await request(this.port, {
      method,
      path,
      headers: { 'x-consul-token': this.#token },
      ...(body === undefined ? {} : { body: text }),
    })
    if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${response.text}`)
    return response
  }

  async write(pairs: Readonly<Record<string, string | null>>): Promise<void> {
    const operations = Object.entries(pairs).map(([Key, value]) => ({
      KV: value === null ? { Verb: 'delete', Key } : { Verb: 'set', Key, Value: Buffer.from(value).toString('base64') },
    }))
    for (let at = 0; at < operations.length; at += TRANSACTION) {
      await this.call('PUT', '/v1/txn', operations.slice(at, at + TRANSACTION))
    }
  }

  async start(): Promise<void> {
    const args = ['agent', `-config-file=${this.folder.path}/server.json`]
    this.#process = await startProcess('consul', args, { ready: this.port, cwd: this.folder.path })
  }

  async ready(): Promise<void> {
    const deadline = performance.now() + 20_000
    // A consistent answer comes from a leader that has read all of its data.
    const isReady = () =>
      this.call('GET', '/v1/catalog/nodes?consistent').then(
        ({ text }) => text.includes('node-1'),
        () => false,
      )
    while (!(await isReady())) {
      if (performance.now() > deadline) throw new Error(`Consul is not ready\n${this.#process?.stdout}`)
      await pause(20)
    }
  }

  async kill(): Promise<void> {
    await this.#process?.stop('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await this.folder[Symbol.asyncDispose]()
  }
}
