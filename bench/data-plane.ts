import { mkdir, writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { available } from '../test/harness/commands.ts'
import { type TrialResult, type TrialResults, trialsToMarkdown, trialsToText } from './data-plane/page.ts'
import { type TrialPlan, trialPlanOf, USAGE } from './data-plane/plan.ts'
import { addSparseFile } from './data-plane/sparse.ts'
import { NEEDED, type Trial, type TrialContext } from './data-plane/trial.ts'
import { describeMachine, pinning } from './machine.ts'
import { startOrigin } from './origin.ts'
import { gateway } from './peers/gateway.ts'
import { nginx } from './peers/nginx.ts'
import { printedVersion } from './peers/peer.ts'
import { rows } from './rows.ts'

const FOLDER = new URL('./results/', import.meta.url)
/** Above it somebody else is using the machine. */
const BUSY = 0.7

const progress = (line: string): void => console.error(line)

/** Measures what the plan says, prints it, and records it where it is whole. Returns the exit status. */
async function run(plan: TrialPlan, signal: AbortSignal): Promise<number> {
  const missing = [...NEEDED.filter((command) => !available(command)).map((command) => `${command} is not installed`), ...unbuilt()]
  if (missing.length > 0) throw new Error(missing.join(', '))
  const results = await measure(plan, signal)
  console.log(trialsToText(results))
  if (plan.record) await record(results)
  return results.trials.every(({ met }) => met) ? 0 : 1
}

function unbuilt(): string[] {
  const reason = gateway.missing()
  return reason === undefined ? [] : [reason]
}

async function measure({ trials, quick }: TrialPlan, signal: AbortSignal): Promise<TrialResults> {
  const { proxyLauncher, loadLauncher, notes } = pinning()
  const before = loadavg()[0] ?? 0
  await using origin = await startOrigin(rows, loadLauncher)
  await addSparseFile(origin)
  const context: TrialContext = { originPort: origin.port, proxyLauncher, loadLauncher, quick, signal, progress }
  const results: TrialResult[] = []
  for (const trial of trials) results.push(await resultOf(trial, context))
  const busy = before > BUSY ? [`the machine was in use when it began (load average ${before.toFixed(2)})`] : []
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    versions: await versions(),
    notes: [...notes, ...busy],
    trials: results,
  }
}

/** A trial that breaks off is one that has not met its goal; only an interrupt ends the run. */
async function resultOf(trial: Trial, context: TrialContext): Promise<TrialResult> {
  context.signal.throwIfAborted()
  const { name, title, goal } = trial
  const loadBefore = loadavg()[0] ?? 0
  progress(`${name}: ${title}`)
  try {
    const outcome = await trial.measure(context)
    progress(`${name}: ${outcome.met ? 'met' : 'NOT MET'}: ${outcome.measured}`)
    return { name, title, goal, loadBefore, ...outcome }
  } catch (error) {
    context.signal.throwIfAborted()
    const measured = `invalid: ${(error instanceof Error ? error.message : String(error)).split('\n', 1)[0]}`
    progress(`${name}: ${error instanceof Error ? error.message : error}`)
    return { name, title, goal, loadBefore, measured, met: false, figures: {} }
  }
}

async function versions(): Promise<Record<string, string>> {
  const [wrk, strace] = await Promise.all([printedVersion('wrk', '-v'), printedVersion('strace', '-V')])
  return { gateway: await gateway.version(), nginx: await nginx.version(), wrk, strace }
}

async function record(results: TrialResults): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  await writeFile(new URL('data-plane.json', FOLDER), `${JSON.stringify(results, undefined, 2)}\n`)
  await writeFile(new URL('data-plane.md', FOLDER), trialsToMarkdown(results))
  progress('recorded in bench/results')
}

// Everything that was started ends with the scope that started it, so an interrupt only has to leave the scopes.
const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort())

try {
  const plan = trialPlanOf(process.argv.slice(2))
  if (plan === undefined) console.log(USAGE)
  else process.exitCode = await run(plan, interrupt.signal)
} catch (error) {
  console.error(interrupt.signal.aborted ? 'interrupted' : error instanceof Error ? error.message : error)
  process.exitCode = interrupt.signal.aborted ? 130 : 1
}
