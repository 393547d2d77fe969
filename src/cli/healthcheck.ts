import { writeSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { LoadStaticOptions } from '../config/load.ts'
import type { PingTarget } from './ping-target.ts'
import { quickPingTarget } from './quick-ping-target.ts'

/** How a health check ended: what to print, and whether the gateway is well. */
export interface Health {
  readonly isHealthy: boolean
  readonly message: string
}

const ANSWER_WITHIN_MS = 5_000

/** Asks the gateway that runs with this configuration whether it is well. */
export async function healthcheck(options: Omit<LoadStaticOptions, 'providers'>): Promise<Health> {
  try {
    const { host, port } = await pingTarget(options)
    const authority = `${host.includes(':') ? `[${host}]` : host || '127.0.0.1'}:${port}`
    const status = await headStatus(connect(port, host || '127.0.0.1'), authority)
    if (!status.startsWith('200')) return { isHealthy: false, message: `Bad healthcheck status: ${status}` }
    return { isHealthy: true, message: `OK: http://${authority}/ping` }
  } catch (error) {
    return { isHealthy: false, message: `Error calling healthcheck: ${(error as Error).message}` }
  }
}

async function pingTarget(options: Omit<LoadStaticOptions, 'providers'>): Promise<PingTarget> {
  const { target, document } = await quickPingTarget(options)
  if (target !== undefined) return target
  const { loadPingTarget } = await import('./ping-target.ts')
  return loadPingTarget(document === undefined ? options : { ...options, readDocument: () => document })
}

/** Sends `HEAD /ping` and resolves with the status of the answer; a bare socket, as `node:http` takes too long to load. */
function headStatus(socket: Socket, authority: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const late = setTimeout(() => reject(new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`)), ANSWER_WITHIN_MS)
  let head = ''
  socket.write(`HEAD /ping HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`)
  socket.on('data', (octets) => {
    head += octets.toString('latin1')
    const status = /^HTTP\/1\.[01] (\d{3}[^\r\n]*)\r?\n/.exec(head)?.[1]
    if (status !== undefined) resolve(status)
    else if (head.length > 1024 || head.includes('\n')) reject(new Error('the answer is not HTTP'))
  })
  socket.once('error', reject)
  socket.once('end', () => reject(new Error('the connection was closed without an answer')))
  // The server closes the connection: nobody has to wait for that.
  socket.unref()
  return promise.finally(() => clearTimeout(late))
}

/** The whole process of `gateway healthcheck`: `bin/run.js` starts it without the rest of the command line. */
export async function main(argv: readonly string[]): Promise<void> {
  const { isHealthy, message } = await healthcheck({ argv: withLongFlag(argv), env: process.env, cwd: process.cwd() })
  say(message)
  process.exit(isHealthy ? 0 : 1)
}

// The streams of `console` take longer to load than the whole question and its answer.
function say(message: string): void {
  try {
    writeSync(1, `${message}\n`)
  } catch {
    // Whoever closed the pipe reads the exit status.
  }
}

/** Spells `-c FILE` as the reader of the static configuration knows it. */
export function withLongFlag(argv: readonly string[]): string[] {
  const isFlag = (argument: string | undefined): boolean => argument !== undefined && /^(?:-c|--?configFile)$/i.test(argument)
  return argv.flatMap((argument, index) => {
    if (isFlag(argument)) return [`--configFile=${argv[index + 1] ?? ''}`]
    return isFlag(argv[index - 1]) ? [] : [argument.replace(/^-c=/, '--configFile=')]
  })
}
