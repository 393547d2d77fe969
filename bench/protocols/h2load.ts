import { type Load, type LoadOptions, outputOf } from '../load.ts'

/** How h2load is run: with one thread, over TLS, and HTTP/2 as ALPN chooses it. */
export interface H2Load {
  readonly path: string
  readonly connections: number
  /** Requests at once on each connection. */
  readonly streams: number
  /** Octets of each response body. */
  readonly responseOctets: number
  /** Fields and content of the request, as flags of h2load. */
  readonly flags?: readonly string[]
}

/** Loads a proxy by h2load. */
export async function runH2Load(load: H2Load, options: LoadOptions): Promise<Load> {
  const { path, connections, streams, responseOctets, flags = [] } = load
  const command = ['h2load', '-t1', `-c${connections}`, `-m${streams}`, `-D${options.seconds}`, ...flags, `${options.url}${path}`]
  return parseH2Load(await outputOf(command, options), responseOctets)
}

/** Reads what h2load prints at its end. */
export function parseH2Load(output: string, responseOctets: number): Load {
  const numberIn = (pattern: RegExp): number => {
    const found = pattern.exec(output)?.[1]
    if (found === undefined) throw new Error(`h2load has printed no summary:\n${output}`)
    return Number(found)
  }
  const requests = numberIn(/^requests: .*?(\d+) done/m)
  const octets = numberIn(/^traffic: .*\((\d+)\) data/m)
  const wrong = ['failed', 'errored', 'timeout'].map((kind) => [kind, numberIn(new RegExp(`^requests: .*?(\\d+) ${kind}`, 'm'))] as const)
  const errors = wrong.filter(([, count]) => count > 0).map(([kind, count]) => `${count} requests ${kind}`)
  if (requests === 0) errors.push('no response')
  else if (octets < requests * responseOctets) errors.push('short bodies')
  if (requests > 0 && !output.includes('Application protocol: h2\n')) errors.push('not HTTP/2')
  return { requests, requestsPerSecond: numberIn(/^finished in .*?([\d.]+) req\/s/m), errors }
}
