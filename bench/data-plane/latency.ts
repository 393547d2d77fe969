import { freePort } from '../../test/harness/ports.ts'
import { startProcess } from '../../test/harness/process.ts'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { nginx } from '../peers/nginx.ts'
import type { Peer } from '../peers/peer.ts'
import { median } from '../results.ts'
import { oneRouter } from './dynamic.ts'
import { small } from './loads.ts'
import { gatewayPeer } from './subject.ts'
import type { Trial, TrialContext } from './trial.ts'

const PROGRAM = new URL('./clients/constant-rate.ts', import.meta.url).pathname
const SHARE_OF_PEAK = 0.7
const LIMIT = 1.5

/** What one run of the generator prints. */
export interface Run {
  readonly answered: number
  readonly perSecond: number
  readonly failed: number
  /** Requests that were due and found no free connection until the end. */
  readonly unsent: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Latency below saturation, counted from the moment when a request was due. */
export const latency: Trial = {
  name: 'p99',
  title: 'small GETs at a constant 70 % of the own peak rate on 64 connections, an open loop: p99 against that of nginx at the same rate',
  goal: `≤ ${LIMIT} ×`,
  async measure(context) {
    await using resources = new AsyncDisposableStack()
    const subjects = []
    for (const peer of [gatewayPeer('gateway', { dynamic: oneRouter }), nginx]) subjects.push(await start(peer, context, resources))
    const [gateway, other] = subjects as [string, string]
    const [seconds, rounds] = context.quick ? [2, 1] : [5, 5]
    await constantRate(gateway, 0, { ...context, seconds: 2 })
    const peak = (await constantRate(gateway, 0, { ...context, seconds })).perSecond
    const rate = Math.floor(peak * SHARE_OF_PEAK)
    const runs: { readonly gateway: Run; readonly nginx: Run }[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const run = {
        gateway: await constantRate(gateway, rate, { ...context, seconds }),
        nginx: await constantRate(other, rate, { ...context, seconds }),
      }
      context.progress(`p99 round ${round}/${rounds}: gateway ${run.gateway.p99Ms.toFixed(2)} ms, nginx ${run.nginx.p99Ms.toFixed(2)} ms`)
      runs.push(run)
    }
    const ratio = median(runs.map((run) => run.gateway.p99Ms / run.nginx.p99Ms))
    const [own, others] = [median(runs.map((run) => run.gateway.p99Ms)), median(runs.map((run) => run.nginx.p99Ms))]
    const late = runs.some((run) => [run.gateway, run.nginx].some(({ failed, unsent }) => failed + unsent > 0))
    const problem = late ? '; requests failed or were never sent' : ''
    return {
      measured: `${ratio.toFixed(2)} × (${own.toFixed(2)} ms against ${others.toFixed(2)} ms at ${rate} of ${Math.round(peak)} requests/s)${problem}`,
      met: ratio <= LIMIT && !late,
      figures: { peak, rate, ratio, runs },
    }
  },
}

async function start(peer: Peer, { originPort, proxyLauncher: launcher }: TrialContext, resources: AsyncDisposableStack): Promise<string> {
  const { path: folder } = resources.use(await temporaryFolder())
  const { url, stop } = await peer.start({ port: await freePort(), originPort, folder, launcher })
  resources.defer(stop)
  return new URL(url).port
}

/** Small GETs at a constant rate, or with 0 as many as it takes. */
export async function constantRate(
  port: string,
  rate: number,
  { loadLauncher, seconds, signal }: TrialContext & { seconds: number },
): Promise<Run> {
  signal.throwIfAborted()
  const generator = [process.execPath, PROGRAM, port, small.path, `${small.connections}`, `${rate}`, `${seconds}`]
  const [command = '', ...args] = [...loadLauncher, ...generator]
  await using running = await startProcess(command, args)
  await running.exited
  const line = running.stdout.split('\n').find((text) => text.startsWith('{'))
  if (line === undefined) throw new Error(`the generator has printed nothing: ${running.stderr}`)
  return JSON.parse(line) as Run
}
