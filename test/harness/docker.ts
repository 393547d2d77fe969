import { execFile } from 'node:child_process'
import { chmod, copyFile, readFile, symlink } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { commandPath } from './commands.ts'
import { type RunningProcess, startProcess } from './process.ts'
import { type TemporaryFolder, temporaryFolder } from './temp.ts'

/** What `needs` is asked for where tests run an engine. */
export const DOCKER_COMMANDS = ['dockerd', 'docker', 'busybox', 'iptables'] as const

/** An image whose containers answer every request with their host name, and expose port 80. */
export const IMAGE = 'whoami:test'

const READY = /API listen on/
const READY_WITHIN_MS = 30_000

/** A Docker engine of our own, with everything in it gone when the scope ends. */
export class DockerEngine implements AsyncDisposable {
  /** As the option `endpoint` takes it. */
  readonly endpoint: string
  readonly #folder: TemporaryFolder
  readonly #args: readonly string[]
  #daemon: RunningProcess | undefined

  constructor(folder: TemporaryFolder, args: readonly string[]) {
    this.#folder = folder
    this.endpoint = `unix://${folder.path}/docker.sock`
    this.#args = args
  }

  /** Runs the client, and returns what it prints. */
  async docker(...args: string[]): Promise<string> {
    const env = { ...process.env, DOCKER_HOST: this.endpoint, DOCKER_CONFIG: this.#folder.path, DOCKER_CONTEXT: '' }
    const { stdout } = await promisify(execFile)(commandPath('docker') ?? 'docker', args, { env, timeout: 30_000 })
    return stdout.trim()
  }

  /** Calls its API, which takes a tenth of the time of the client. */
  async call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const socketPath = this.endpoint.replace('unix://', '')
    request({ socketPath, method, path: `/v1.41${path}`, headers }, resolve)
      .on('error', reject)
      .end(text)
    const response = await promise
    const { statusCode = 0 } = response
    // 204 has no body.
    const answer = await json(response).catch(() => undefined)
    if (statusCode >= 400) throw new Error(`${method} ${path}: ${statusCode} ${JSON.stringify(answer)}`)
    return answer as Answer
  }

  /** Starts a container; what follows its name goes in front of the image. */
  async run(name: string, ...args: string[]): Promise<void> {
    await this.docker('run', '--detach', '--name', name, '--hostname', name, '--stop-timeout', '1', ...args, IMAGE)
  }

  async removeAll(): Promise<void> {
    const ids = await this.docker('ps', '--all', '--quiet')
    if (ids !== '') await this.docker('rm', '--force', ...ids.split('\n'))
  }

  async start(): Promise<void> {
    const { path } = this.#folder
    const own = ['--data-root', join(path, 'data'), '--exec-root', join(path, 'exec'), '--pidfile', join(path, 'pid'), '-H', this.endpoint]
    this.#daemon = await startProcess('dockerd', [...own, ...ISOLATION, ...this.#args], { ready: READY, readyWithinMs: READY_WITHIN_MS })
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#daemon?.stop(signal)
    this.#daemon = undefined
  }

  /** Makes the image from a static busybox: there is no registry. */
  async makeImage(): Promise<void> {
    const busybox = commandPath('busybox') ?? 'busybox'
    const file = await this.#folder.write('image/bin/busybox', '')
    await copyFile(busybox, file)
    await chmod(file, 0o755)
    await symlink('busybox', join(this.#folder.path, 'image/bin/sh'))
    await this.#folder.write('image/www/.keep', '')
    const archive = join(this.#folder.path, 'image.tar')
    await promisify(execFile)('tar', ['-C', join(this.#folder.path, 'image'), '-cf', archive, '.'])
    const command = JSON.stringify(['/bin/sh', '-c', 'busybox hostname > /www/index.html; exec busybox httpd -f -p $PORT -h /www'])
    await this.docker('import', '--change', `CMD ${command}`, '--change', 'ENV PORT=80', '--change', 'EXPOSE 80', archive, IMAGE)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#daemon === undefined) await this.start()
    await this.docker('swarm', 'leave', '--force').catch(() => {})
    await this.removeAll()
    await this.docker('network', 'prune', '--force')
    await this.stop()
    // The bridge of a swarm stays in place.
    await promisify(execFile)('ip', ['link', 'delete', 'docker_gwbridge']).catch(() => {})
    await unmountBelow(this.#folder.path)
    await this.#folder[Symbol.asyncDispose]()
  }
}

/** Takes away what the engine leaves mounted: its own folder, and the name space of the network `host`. */
async function unmountBelow(folder: string): Promise<void> {
  const points = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').map((line) => line.split(' ')[4] ?? '')
  for (const point of points.filter((one) => one.startsWith(`${folder}/`)).reverse()) await promisify(execFile)('umount', ['--lazy', point])
}

// Several engines at once share neither a bridge nor a filter of packets, and each one has addresses of its own.
const ISOLATION = [
  '--storage-driver=vfs',
  '--bridge=none',
  '--iptables=false',
  '--ip6tables=false',
  `--default-address-pool=base=10.${200 + (Number(process.env.VITEST_POOL_ID ?? 0) % 50)}.0.0/16,size=24`,
]

/** Starts a real Docker engine in a temporary folder, with an image; further arguments go to dockerd. */
export async function startDocker(...args: string[]): Promise<DockerEngine> {
  const folder = await temporaryFolder()
  const engine = new DockerEngine(folder, args)
  try {
    await engine.start()
    await engine.makeImage()
    return engine
  } catch (error) {
    await engine.stop('SIGKILL')
    await folder[Symbol.asyncDispose]()
    throw error
  }
}
