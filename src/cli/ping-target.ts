import { disableElements } from '../config/disable-elements.ts'
import { type Address, parseAddress } from '../config/entry-point.ts'
import { type LoadedStatic, type LoadStaticOptions, loadStatic } from '../config/load.ts'
import type { Finding } from '../findings/finding.ts'
import { loadDocument } from '../findings/load-document.ts'
import { dotted } from '../findings/path.ts'
import { describeSource } from '../findings/render-text.ts'
import { readBriefly } from './plain-file.ts'

/** Where ping is answered. The host is empty where it is every address of the machine. */
export type PingTarget = Pick<Address, 'host' | 'port'>

/** Finds out from the whole static configuration where ping is answered; throws where it is not. */
export async function loadPingTarget(options: Omit<LoadStaticOptions, 'providers'>): Promise<PingTarget> {
  try {
    return targetIn(await loadStatic({ readDocument: readBriefly, ...options, providers: [] }))
  } catch {
    return targetIn(await loadStatic({ ...options, providers: [], readDocument: loadDocument }))
  }
}

function targetIn(loaded: LoadedStatic): PingTarget {
  const { configuration, findings } = disableElements(loaded)
  const { ping, entryPoints } = configuration
  const own = findings.filter((finding) => concernsPing(finding, loaded))
  // Where ping is off because of an unknown key, the warning tells so.
  const problem = own.find(({ severity }) => severity === 'error') ?? (ping === undefined ? own[0] : undefined)
  if (problem !== undefined) throw new Error(describe(problem))
  if (ping === undefined) throw new Error('please enable `ping` to use the health check')
  const address = parseAddress(entryPoints[ping.entryPoint]?.address ?? '')
  if ('expected' in address) throw new Error(`\`ping\` is answered on "${ping.entryPoint}", which is no usable entry point`)
  return address
}

// What is wrong elsewhere is for the gateway itself to say, and no provider is loaded here that could judge its section.
function concernsPing({ path = '', source }: Finding, { configuration, fatal }: LoadedStatic): boolean {
  const isBelow = (part: string): boolean => `${path}.`.toLowerCase().startsWith(`${part}.`.toLowerCase())
  if (fatal || isBelow('ping')) return true
  if (source?.kind === 'flag') return !isBelow('providers')
  return configuration.ping !== undefined && isBelow(dotted(['entryPoints', configuration.ping.entryPoint]))
}

function describe({ source, message }: Finding): string {
  return [...(source === undefined ? [] : [describeSource(source)]), message].join(': ')
}
