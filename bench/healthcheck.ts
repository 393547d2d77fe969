import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../test/harness/temp.ts'

const RUN = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const RUNS = 21
/** What `gateway healthcheck` may take at most, in starts of Node.js that do nothing. */
const LIMIT = 2

/** One way to tell a health check where ping is answered; `%` stands for the port. */
interface Kind {
  readonly name: string
  /** Name and text of the file. */
  readonly file?: readonly [name: string, text: string]
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const SIMPLE = 'entryPoints:\n  web:\n    address: ":80"\n  gateway:\n    address: "127.0.0.1:%"\nping: {}\n'
const ANCHOR = 'providers:\n  file: &file\n    directory: /etc/gateway/conf.d\n    watch: true\n'
const OPTIONS = `entryPoints:
  web:
    address: "127.0.0.1:%"
    forwardedHeaders:
      trustedIPs: [10.0.0.0/8]
    transport:
      respondingTimeouts: { readTimeout: 30s }
ping:
  entryPoint: web
`
const TABLES = '[entryPoints.gateway]\naddress = "127.0.0.1:%"\n[ping]\n'
const ADDRESS = { GATEWAY_PING: 'true', GATEWAY_ENTRYPOINTS_GATEWAY_ADDRESS: '127.0.0.1:%' }
const ADDRESS_FLAGS = ['--ping', '--entryPoints.gateway.address=127.0.0.1:%']
const OTHER_FLAGS = ['--log.level=DEBUG', '--providers.docker.watch=false']

const KINDS: readonly Kind[] = [
  { name: 'YAML', file: ['gateway.yml', SIMPLE] },
  { name: 'YAML, options beside the address', file: ['gateway.yml', OPTIONS] },
  { name: 'YAML, an unknown key elsewhere', file: ['gateway.yml', `${SIMPLE}lgo: {}\n`] },
  { name: 'YAML that only the parser reads', file: ['gateway.yml', SIMPLE + ANCHOR] },
  { name: 'YAML that only the parser reads, options', file: ['gateway.yml', OPTIONS + ANCHOR] },
  { name: 'YAML that only the parser reads, options, flags', file: ['gateway.yml', OPTIONS + ANCHOR], flags: OTHER_FLAGS },
  { name: 'TOML', file: ['gateway.toml', TABLES] },
  { name: 'TOML, options beside the address', file: ['gateway.toml', `${TABLES}[entryPoints.gateway.http]\nsanitizePath = true\n`] },
  { name: 'TOML that only the parser reads', file: ['gateway.toml', `log.level = """INFO"""\n${TABLES}`] },
  { name: 'TOML that only the parser reads, flags', file: ['gateway.toml', `log.level = """INFO"""\n${TABLES}`], flags: OTHER_FLAGS },
  { name: 'JSON', file: ['gateway.json', '{ "entryPoints": { "gateway": { "address": "127.0.0.1:%" } }, "ping": {} }'] },
  {
    name: 'JSON, options beside the address',
    file: ['gateway.json', '{ "entryPoints": { "gateway": { "address": "127.0.0.1:%", "http": { "sanitizePath": true } } }, "ping": {} }'],
  },
  { name: 'environment', env: ADDRESS },
  { name: 'environment, options beside the address', env: { ...ADDRESS, GATEWAY_ENTRYPOINTS_GATEWAY_ASDEFAULT: 'true' } },
  { name: 'flags', flags: ADDRESS_FLAGS },
  { name: 'flags, further options', flags: [...ADDRESS_FLAGS, ...OTHER_FLAGS] },
]

/** A command that is run again and again. */
interface Subject {
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly times: number[]
}

/** Milliseconds from the start of a process to its end. */
async function wallTimeOf({ name, args, env, cwd }: Subject): Promise<number> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [code] = await once(child, 'exit')
  const took = performance.now() - startedAt
  if (code !== 0) throw new Error(`${name}: ended with ${code}: ${said}`)
  return took
}

async function subjectOf({ name, file, flags = [], env = {} }: Kind, port: number, folders: AsyncDisposableStack): Promise<Subject> {
  const withPort = (text: string): string => text.replace('%', String(port))
  const folder = folders.use(await temporaryFolder())
  if (file !== undefined) await folder.write(file[0], withPort(file[1]))
  const variables = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, withPort(value)]))
  return { name, args: [RUN, 'healthcheck', ...flags.map(withPort)], env: variables, cwd: folder.path, times: [] }
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}

/** Lets all kinds take turns and prints how long each took, in milliseconds and in starts of Node.js. */
async function run(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await using folders = new AsyncDisposableStack()
  const bare: Subject = { name: 'node -e 0', args: ['-e', '0'], env: {}, cwd: '/', times: [] }
  const subjects = [bare, ...(await Promise.all(KINDS.map((kind) => subjectOf(kind, port, folders))))]
  for (const subject of subjects) await wallTimeOf(subject)
  for (let round = 0; round < RUNS; round += 1) {
    for (const subject of subjects) subject.times.push(await wallTimeOf(subject))
  }
  server.close()
  const ratioOf = ({ times }: Subject): number => median(times) / median(bare.times)
  const width = Math.max(...subjects.map(({ name }) => name.length))
  for (const subject of subjects) {
    console.log(`${subject.name.padEnd(width)} ${median(subject.times).toFixed(1).padStart(6)} ms ${ratioOf(subject).toFixed(2)} ×`)
  }
  return subjects.some((subject) => ratioOf(subject) > LIMIT) ? 1 : 0
}

process.exitCode = await run()
