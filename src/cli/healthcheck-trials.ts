import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { healthcheck } from './healthcheck.ts'
import { KeptCode } from './kept-code.ts'

const PLAIN = 'entryPoints:\n  web:\n    address: "127.0.0.1:%"\nlog: { level: INFO }\nping:\n  entryPoint: web\n'

const ODD = `# What only the parser reads.
x: &list [10.0.0.0/8, "10.0.0.1"]
entryPoints:
  web:
    address: "127.0.0.1:%"
    forwardedHeaders: { trustedIPs: *list, insecure: false }
    transport:
      <<: { keepAliveMaxRequests: 5 }
      respondingTimeouts:
        readTimeout: 30s
    http:
      middlewares:
      - a@file
ping:
  entryPoint: web
providers:
  docker:
    defaultRule: |
      Host('a')
    network: "a\\tb"
`

const TABLES = '[entryPoints.web]\naddress = "127.0.0.1:%"\nasDefault = true\n[ping]\nentryPoint = "web"\n'

const FLAGS = ['--ping.entryPoint=web', '--entryPoints.web.address=127.0.0.1:%']

/** A health check for each way that there is: files by name, further flags, variables; `%` stands for the port. */
const TRIALS: readonly {
  readonly file?: readonly [name: string, text: string]
  readonly argv?: readonly string[]
  readonly env?: string
}[] = [
  { file: ['gateway.yml', PLAIN] },
  { file: ['gateway.yml', ODD] },
  { file: ['gateway.yml', ODD], argv: ['--log.level=DEBUG', '--entryPoints.web.asDefault'] },
  { file: ['gateway.toml', TABLES] },
  { file: ['gateway.toml', `log.level = """INFO"""\n${TABLES}[entryPoints.web.forwardedHeaders]\ntrustedIPs = ["10.0.0.0/8"]\n`] },
  { file: ['gateway.json', '{"ping":{"entryPoint":"web"},"entryPoints":{"web":{"address":"127.0.0.1:%","http":{"sanitizePath":true}}}}'] },
  { argv: FLAGS },
  { argv: [...FLAGS, '--log.level=DEBUG'], env: 'GATEWAY_ENTRYPOINTS_WEB_ASDEFAULT' },
]

/** Tries the built health check in each of its ways and keeps the code that V8 makes of it: `node healthcheck-trials.ts FOLDER`. */
async function keepCode(folder: string): Promise<void> {
  const kept = new KeptCode(folder)
  const room = kept.load('index.cjs') as { readonly healthcheck: typeof healthcheck }
  const server = createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const withPort = (text: string): string => text.replace('%', `${port}`)
  for (const { file, argv = [], env } of TRIALS) {
    const cwd = mkdtempSync(join(tmpdir(), 'gateway-'))
    if (file !== undefined) writeFileSync(join(cwd, file[0]), withPort(file[1]))
    const { isHealthy, message } = await room.healthcheck({
      argv: argv.map(withPort),
      env: env === undefined ? {} : { [env]: 'true' },
      cwd,
    })
    rmSync(cwd, { recursive: true })
    if (!isHealthy) throw new Error(`the trial of ${file?.[0] ?? argv.join(' ')} failed: ${message}`)
  }
  server.close()
  kept.keep()
}

await keepCode(process.argv[2] ?? '')
