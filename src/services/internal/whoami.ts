import { networkInterfaces } from 'node:os'
import type { Dispatch, DispatchHandler } from '../../dispatch/dispatch.ts'
import { reply } from '../../dispatch/reply.ts'
import { Headers } from '../../http/headers.ts'
import type { RequestHead } from '../../http/request.ts'

/** `whoami@internal`: answers with what it saw of the request. An origin for quick starts and tests that needs no server. */
export function buildWhoami(hostname: string): Dispatch {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map((entry) => entry.address))
  const self = [`Hostname: ${hostname}`, ...addresses.map((address) => `IP: ${address}`)].join('\n')
  return function whoami(request: RequestHead, handler: DispatchHandler): boolean {
    const content = Buffer.from(`${self}\n${describe(request)}`, 'latin1')
    return reply(handler, 200, new Headers(['Content-Type', 'text/plain; charset=utf-8', 'X-Content-Type-Options', 'nosniff']), content)
  }
}

function describe({ peer, method, target, host, headers }: RequestHead): string {
  const lines = [`RemoteAddr: ${peer.address}:${peer.port}`, `${method} ${target} HTTP/1.1`, `Host: ${host}`]
  for (let index = 0; index < headers.raw.length; index += 2) {
    const name = headers.raw[index] as string
    if (name.toLowerCase() !== 'host') lines.push(`${name}: ${headers.raw[index + 1]}`)
  }
  return `${lines.join('\n')}\n`
}
