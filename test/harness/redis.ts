import { connect } from 'node:net'
import { join } from 'node:path'
import type { Certificate } from './certificate.ts'
import { freePort } from './ports.ts'
import { type RunningProcess, startProcess } from './process.ts'
import { type TemporaryFolder, temporaryFolder } from './temp.ts'

export interface RedisServerOptions {
  /** Further lines of its configuration. */
  readonly config?: string
  /** It then also speaks TLS, at its `securePort`, and asks its clients for a certificate of this authority. */
  readonly tls?: Certificate & { readonly clientAuthority: string }
  /** Starts a sentinel instead. */
  readonly sentinel?: boolean
}

/** Starts a real Redis on a free port of 127.0.0.1, with its data in a temporary folder. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = new RedisServer(await temporaryFolder(), { port: await freePort(), securePort: await freePort() }, options)
  try {
    await server.start()
    return server
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

// FLUSHDB would be shorter; Redis tells nobody of it.
const REPLACE = `
for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('DEL', key) end
for index = 1, #ARGV, 2 do redis.call('SET', ARGV[index], ARGV[index + 1]) end`

interface Ports {
  readonly port: number
  readonly securePort: number
}

/** One process of Redis, which can be killed and started again with the data that it has. */
export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly securePort: number
  readonly #folder: TemporaryFolder
  readonly #options: RedisServerOptions
  #process: RunningProcess | undefined
  #file: string | undefined

  constructor(folder: TemporaryFolder, { port, securePort }: Ports, options: RedisServerOptions) {
    this.port = port
    this.securePort = securePort
    this.#folder = folder
    this.#options = options
  }

  get endpoint(): string {
    return `127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    // A sentinel writes what it learns into its file.
    this.#file ??= await this.#folder.write('redis.conf', this.#configuration())
    const args = [this.#file, ...(this.#options.sentinel ? ['--sentinel'] : [])]
    this.#process ??= await startProcess('redis-server', args, { ready: this.port, cwd: this.#folder.path })
    // It accepts connections before it has read what it had stored.
    await this.#loaded()
  }

  async kill(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    await running?.stop('SIGKILL')
  }

  /** Sends commands on one connection, as lists of words; answers what came back, as it came. */
  async send(...commands: readonly (readonly string[])[]): Promise<string> {
    const socket = connect(this.port, '127.0.0.1')
    const words = (list: readonly string[]) =>
      `*${list.length}\r\n${list.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
    // Its answers leave before it looks for more and finds the end; sentinels do not know QUIT.
    socket.end(commands.map(words).join(''))
    const answer = Buffer.concat(await socket.toArray()).toString()
    const failure = /^-.*$/m.exec(answer)
    if (failure) throw new Error(`Redis answered ${failure[0]}`)
    return answer
  }

  /** Makes these keys, and no others, stand in the database, at once. */
  async replace(pairs: Readonly<Record<string, string>>, ...before: readonly (readonly string[])[]): Promise<void> {
    await this.send(...before, ['EVAL', REPLACE, '0', ...Object.entries(pairs).flat()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await this.#folder[Symbol.asyncDispose]()
  }

  async #loaded(): Promise<void> {
    const isLoading = (): Promise<boolean> =>
      this.send(['PING']).then(
        () => false,
        (error: Error) => error.message.includes('LOADING'),
      )
    while (await isLoading()) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  #configuration(): string {
    const { config = '', tls } = this.#options
    const persistence = this.#options.sentinel ? '' : `appendonly yes\nappendfsync no\nsave ""\n`
    const secure = tls
      ? `tls-port ${this.securePort}\ntls-cert-file ${tls.certFile}\ntls-key-file ${tls.keyFile}\ntls-ca-cert-file ${tls.clientAuthority}\n`
      : ''
    return `bind 127.0.0.1\nport ${this.port}\ndir ${join(this.#folder.path)}\n${persistence}${secure}${config}\n`
  }
}
