import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { available } from '../test/harness/commands.ts'
import { type Plan, planOf, USAGE } from './arguments.ts'
import { describeMachine, type Pinning, pinning } from './machine.ts'
import { type Bench, measureRow } from './measure.ts'
import { startOrigin } from './origin.ts'
import { type Peer, printedVersion } from './peers/peer.ts'
import { toComparison, toMarkdown, toText } from './report.ts'
import { type Cell, cellsOf, type Results } from './results.ts'

const FOLDER = new URL('./results/', import.meta.url)
const RECORDED = new URL('side-by-side.json', FOLDER)
const PAGE = new URL('side-by-side.md', FOLDER)

const progress = (line: string): void => console.error(line)

/** Measures what the plan says and prints, compares or records the result. Returns the exit status. */
async function run(plan: Plan, signal: AbortSignal): Promise<number> {
  const needed = ['nginx', 'wrk'].filter((command) => !available(command))
  if (needed.length > 0) throw new Error(`${needed.join(' and ')} not installed: there is no origin or no load`)
  const baseline: Results | undefined = plan.againstBaseline ? JSON.parse(await readFile(RECORDED, 'utf8')) : undefined

  const results = await measure(plan, signal)
  console.log(toText(results))
  if (baseline !== undefined) console.log(`\n${toComparison(results, baseline)}`)
  if (results.cells.some(({ errors }) => errors.length > 0)) return 1
  if (plan.record && results.cells.some(({ proxy }) => proxy === 'gateway')) await record(results)
  return 0
}

async function measure(plan: Plan, signal: AbortSignal): Promise<Results> {
  const present = plan.peers.filter((peer) => peer.missing() === undefined)
  const leftOut = plan.peers.flatMap((peer) => peer.missing() ?? []).map((reason) => `left out: ${reason}`)
  const pins = pinning()
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    versions: await versionsOf(present),
    rounds: plan.rounds,
    seconds: plan.seconds,
    notes: [...leftOut, ...pins.notes],
    cells: await measureAll(plan, present, { pins, signal }),
  }
}

async function measureAll(plan: Plan, present: readonly Peer[], { pins, signal }: { pins: Pinning; signal: AbortSignal }): Promise<Cell[]> {
  await using origin = await startOrigin(plan.rows, pins.loadLauncher)
  const { rounds, seconds } = plan
  const { proxyLauncher, loadLauncher } = pins
  const bench: Bench = { peers: present, originPort: origin.port, rounds, seconds, proxyLauncher, loadLauncher, signal, progress }
  const cells: Cell[] = []
  for (const row of plan.rows) cells.push(...cellsOf(row.name, await measureRow(row, bench)))
  return cells
}

async function versionsOf(present: readonly Peer[]): Promise<Record<string, string>> {
  const versions = await Promise.all(present.map(async (peer) => [peer.name, await peer.version()] as const))
  return Object.fromEntries([...versions, ['wrk', await printedVersion('wrk', '-v')]])
}

async function record(results: Results): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  await writeFile(RECORDED, `${JSON.stringify(results, undefined, 2)}\n`)
  await writeFile(PAGE, toMarkdown(results))
  progress('recorded in bench/results')
}

// Everything that was started ends with the scope that started it, so an interrupt only has to leave the scopes.
const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort())

try {
  const plan = planOf(process.argv.slice(2))
  if (plan === undefined) console.log(USAGE)
  else process.exitCode = await run(plan, interrupt.signal)
} catch (error) {
  console.error(interrupt.signal.aborted ? 'interrupted' : error instanceof Error ? error.message : error)
  process.exitCode = interrupt.signal.aborted ? 130 : 1
}
