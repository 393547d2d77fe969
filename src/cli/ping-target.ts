import { type Address, parseAddress } from '../config/entry-point.ts'
import { type LoadedStatic, type LoadStaticOptions, loadStatic } from '../config/load.ts'
import { describeSource } from '../findings/render-text.ts'

/** Where ping is answered. The host is empty where it is every address of the machine. */
export type PingTarget = Pick<Address, 'host' | 'port'>

/** Finds out from the whole static configuration where ping is answered; throws where it is not. */
export async function loadPingTarget(options: Omit<LoadStaticOptions, 'providers'>): Promise<PingTarget> {
  const loaded = await loadStatic({ ...options, providers: [] })
  const { ping, entryPoints } = loaded.configuration
  const problem = problemOf(loaded)
  if (problem !== undefined) throw new Error(problem)
  if (ping === undefined) throw new Error('please enable `ping` to use the health check')
  const address = parseAddress(entryPoints[ping.entryPoint]?.address ?? '')
  if ('expected' in address) throw new Error(`\`ping\` is answered on "${ping.entryPoint}", which is no usable entry point`)
  return address
}

// No provider is loaded here, so what is said about their sections means nothing.
function problemOf({ findings, fatal }: LoadedStatic): string | undefined {
  const found = findings.find(({ severity, path = '', source }) => {
    if (severity !== 'error' || /^providers\b/i.test(path)) return false
    return fatal || source?.kind === 'flag' || /^(ping|entryPoints)\b/i.test(path)
  })
  return found && [...(found.source === undefined ? [] : [describeSource(found.source)]), found.message].join(': ')
}
