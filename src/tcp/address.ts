import { isIPv6 } from 'node:net'

/** Where a server listens that is reached by TCP or UDP. */
export interface StreamAddress {
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

const ADDRESS = /^(?:\[(?<six>[^\]]+)\]|(?<host>[^:\s/[\]]+)):(?<port>\d{1,5})$/

/** Says what was expected where a text is not `host:port`. */
export function expectedOfAddress(text: string): string | undefined {
  return parseStreamAddress(text) === undefined ? 'host:port, for instance `10.0.0.1:5432` or `[::1]:5432`' : undefined
}

/** Reads `host:port`; undefined where it is something else. */
export function parseStreamAddress(text: string): StreamAddress | undefined {
  const { six, host = six, port } = ADDRESS.exec(text.trim())?.groups ?? {}
  if (host === undefined || port === undefined || Number(port) > 65_535 || Number(port) === 0) return undefined
  if (six !== undefined && !isIPv6(six.replace(/%.*/, ''))) return undefined
  return { host, port: Number(port) }
}

/** The same where a text is known to be one; throws where it is not. */
export function streamAddress(text: string): StreamAddress {
  const address = parseStreamAddress(text)
  if (address === undefined) throw new Error(`${JSON.stringify(text)} is not host:port`)
  return address
}
