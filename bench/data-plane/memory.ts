import { setTimeout as pause } from 'node:timers/promises'
import { startProcess } from '../../test/harness/process.ts'
import { cpuNanoseconds, memoryOf } from '../accounting.ts'
import { runLoad } from '../load.ts'
import { oneRouter } from './dynamic.ts'
import { isFlat, kibibytes, mebibytes } from './figures.ts'
import { small } from './loads.ts'
import { SPARSE } from './sparse.ts'
import { startSubject, withManyFiles } from './subject.ts'
import type { Outcome, Trial } from './trial.ts'

const MIB = 1024 * 1024
const MOST_RESIDENT = 120 * MIB
const MOST_GROWTH = 1.05
const MOST_PER_CONNECTION = 10 * 1024
const MOST_IDLE_SHARE = 0.01

/** What an idle keep-alive connection costs. */
export const idle: Trial = {
  name: 'idle',
  title: '10,000 idle keep-alive connections that have each made a request: memory of each, and CPU while they idle',
  goal: '≤ 10 KiB each; CPU ≤ 1 % of a core',
  async measure(context) {
    const [count, idleSeconds] = context.quick ? [1000, 2] : [10_000, 10]
    await using resources = new AsyncDisposableStack()
    const { pid, url, port } = await startSubject(context, { dynamic: oneRouter }, resources)
    const fresh = memoryOf(pid).resident
    await runLoad({ row: small, url, seconds: context.quick ? 1 : 3, launcher: context.loadLauncher, signal: context.signal })
    await pause(1000)
    const warm = memoryOf(pid).resident
    const clients = [...withManyFiles(context.loadLauncher), process.execPath, programOf('idle'), `${port}`, `${count}`]
    const [command = '', ...args] = clients
    resources.use(await startProcess(command, args, { ready: /all idle/, readyWithinMs: 60_000 }))
    await pause(1000)
    const cpuBefore = cpuNanoseconds(pid)
    await pause(idleSeconds * 1000, undefined, { signal: context.signal })
    const share = (cpuNanoseconds(pid) - cpuBefore) / 1e9 / idleSeconds
    const resident = memoryOf(pid).resident
    const [each, eachOverFresh] = [(resident - warm) / count, (resident - fresh) / count]
    return {
      measured: `${kibibytes(each)} each (${mebibytes(warm)} warm → ${mebibytes(resident)}; over the fresh process of ${mebibytes(fresh)} ${kibibytes(eachOverFresh)}); ${(share * 100).toFixed(2)} % of a core`,
      met: each <= MOST_PER_CONNECTION && share <= MOST_IDLE_SHARE,
      figures: { count, fresh, warm, resident, each, eachOverFresh, cpuShare: share },
    }
  },
}

/** Memory under full load by many connections. */
export const residentUnderLoad: Trial = {
  name: 'rss-512',
  title: 'small GETs on 512 connections for 30 s: resident memory of the process with one worker, each 5 s',
  goal: '≤ 120 MiB, the last ≤ the first + 5 %',
  async measure(context) {
    await using resources = new AsyncDisposableStack()
    const { pid, url } = await startSubject(context, { dynamic: oneRouter }, resources)
    const fresh = memoryOf(pid).resident
    const [seconds, everySeconds] = context.quick ? [3, 1] : [30, 5]
    const row = { ...small, connections: 512 }
    const load = runLoad({ row, url, seconds, launcher: context.loadLauncher, signal: context.signal })
    const samples = await sampleResident(pid, { seconds, everySeconds })
    const { errors, requestsPerSecond } = await load
    return residentOutcome(samples, { fresh, errors, requestsPerSecond })
  },
}

/** Memory while clients read slower than the origin sends. */
export const slowReaders: Trial = {
  name: 'slow-readers',
  title: '200 clients that read a response of 1 GiB at 64 KiB/s for 20 s: resident memory of the process with one worker',
  goal: '≤ 120 MiB, the last ≤ the first + 5 %',
  async measure(context) {
    await using resources = new AsyncDisposableStack()
    const { pid, port } = await startSubject(context, { dynamic: oneRouter }, resources)
    const fresh = memoryOf(pid).resident
    const [seconds, everySeconds] = context.quick ? [3, 1] : [20, 4]
    const clients = [process.execPath, programOf('slow-readers'), `${port}`, `/${SPARSE}`, '200', `${64 * 1024}`, `${seconds + 2}`]
    const [command = '', ...args] = [...context.loadLauncher, ...clients]
    const readers = resources.use(await startProcess(command, args, { ready: /all read/ }))
    const samples = await sampleResident(pid, { seconds, everySeconds })
    await readers.exited
    const { octets, ended } = JSON.parse(readers.stdout.split('\n').find((line) => line.startsWith('{')) ?? '{}')
    const errors = ended === 0 ? [] : [`${ended} connections ended`]
    return residentOutcome(samples, { fresh, errors, octetsPerReaderAndSecond: Math.round(octets / 200 / (seconds + 2)) })
  },
}

async function sampleResident(pid: number, { seconds, everySeconds }: { seconds: number; everySeconds: number }): Promise<number[]> {
  const samples: number[] = []
  const start = performance.now()
  for (let at = everySeconds; at <= seconds; at += everySeconds) {
    // A little early, so that the last one still sees the load.
    await pause(Math.max(0, start + at * 1000 - 200 - performance.now()))
    samples.push(memoryOf(pid).resident)
  }
  return samples
}

interface ResidentFacts {
  /** Before the first request. */
  readonly fresh: number
  readonly errors: readonly string[]
  readonly [fact: string]: unknown
}

function residentOutcome(samples: readonly number[], facts: ResidentFacts): Outcome {
  const words = samples.map((octets) => Math.round(octets / MIB)).join(', ')
  const wrong = facts.errors.length > 0 ? `; ${facts.errors.join(', ')}` : ''
  return {
    measured: `${words} MiB (fresh ${mebibytes(facts.fresh)})${wrong}`,
    met: Math.max(...samples) <= MOST_RESIDENT && isFlat(samples, MOST_GROWTH) && facts.errors.length === 0,
    figures: { samples, ...facts },
  }
}

function programOf(name: TrialProgram): string {
  return PROGRAMS[name].pathname
}

type TrialProgram = keyof typeof PROGRAMS

const PROGRAMS = {
  idle: new URL('./clients/idle.ts', import.meta.url),
  'slow-readers': new URL('./clients/slow-readers.ts', import.meta.url),
}
