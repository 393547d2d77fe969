import { GatewayError } from '../errors.ts'

const REASONS: readonly (readonly [code: string, reason: (port: number) => string])[] = [
  ['EADDRINUSE', (port) => `port ${port} is in use; stop the process that listens there, or choose another address`],
  ['EACCES', (port) => `port ${port} needs privileges; run with CAP_NET_BIND_SERVICE, or choose a port from 1024 on`],
  ['EADDRNOTAVAIL', () => 'this machine has no such address'],
  ['ENOTFOUND', () => 'the host name of the address cannot be resolved'],
]

/** Says which entry point cannot listen where, why, and what to do; `cause` holds the code of the system call. */
export function listenError(entryPoint: string, address: { readonly host: string; readonly port: number }, cause: string): GatewayError {
  const reason = REASONS.find(([code]) => cause.includes(code))?.[1](address.port) ?? cause
  return new GatewayError('GTW_LISTEN_FAILED', `\`${entryPoint}\` on ${formatAddress(address)}: ${reason}`)
}

/** `[host]:port` as the configuration writes it. */
function formatAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
