import { mkdir, writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { available } from '../test/harness/commands.ts'
import type { Nginx } from '../test/harness/nginx.ts'
import { type TrialResult, type TrialResults, trialsToMarkdown, trialsToText } from './data-plane/page.ts'
import { type TrialPlan, trialPlanOf, usageOf } from './data-plane/plan.ts'
import type { Trial, TrialContext } from './data-plane/trial.ts'
import { describeMachine, pinning } from './machine.ts'
import { startOrigin } from './origin.ts'
import { gateway } from './peers/gateway.ts'
import { rows } from './rows.ts'

/** Trials that are measured one after the other and recorded on one page. */
export interface Suite {
  readonly title: string
  /** Its file in bench, and its result in bench/results, without their endings. */
  readonly name: string
  readonly trials: readonly Trial[]
  /** Commands that it cannot do without. */
  readonly needed: readonly string[]
  /** What was not as it should be, such as a proxy that is not installed. */
  readonly notes: readonly string[]
  /** Adds to what the origin serves. */
  prepare?(origin: Nginx): Promise<void>
  versions(): Promise<Record<string, string>>
}

const FOLDER = new URL('./results/', import.meta.url)
/** Above it somebody else is using the machine. */
const BUSY = 0.7

const progress = (line: string): void => console.error(line)

/** Runs what the flags say, prints it, and sets the exit status: 1 where a goal is not met, 130 after an interrupt. */
export async function runSuite(suite: Suite, args: readonly string[]): Promise<void> {
  // Everything that was started ends with the scope that started it, so an interrupt only has to leave the scopes.
  const interrupt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort())
  try {
    const plan = trialPlanOf(args, suite.trials)
    if (plan === undefined) console.log(usageOf(`bench/${suite.name}.ts`, suite.trials))
    else process.exitCode = await run(suite, plan, interrupt.signal)
  } catch (error) {
    console.error(interrupt.signal.aborted ? 'interrupted' : error instanceof Error ? error.message : error)
    process.exitCode = interrupt.signal.aborted ? 130 : 1
  }
}

/** Measures what the plan says, prints it, and records it where it is whole. Returns the exit status. */
async function run(suite: Suite, plan: TrialPlan, signal: AbortSignal): Promise<number> {
  const missing = [...suite.needed.filter((command) => !available(command)).map((command) => `${command} is not installed`), ...unbuilt()]
  if (missing.length > 0) throw new Error(missing.join(', '))
  const results = await measure(suite, plan, signal)
  console.log(trialsToText(results))
  if (plan.record) await record(suite, results)
  return results.trials.every(({ met }) => met) ? 0 : 1
}

function unbuilt(): string[] {
  const reason = gateway.missing()
  return reason === undefined ? [] : [reason]
}

async function measure(suite: Suite, { trials, quick }: TrialPlan, signal: AbortSignal): Promise<TrialResults> {
  const { proxyLauncher, loadLauncher, notes } = pinning()
  const before = loadavg()[0] ?? 0
  await using origin = await startOrigin(rows, loadLauncher)
  await suite.prepare?.(origin)
  const context: TrialContext = { originPort: origin.port, proxyLauncher, loadLauncher, quick, signal, progress }
  const results: TrialResult[] = []
  for (const trial of trials) results.push(await resultOf(trial, context))
  const busy = before > BUSY ? [`the machine was in use when it began (load average ${before.toFixed(2)})`] : []
  return {
    title: suite.title,
    program: `bench/${suite.name}.ts`,
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    versions: await suite.versions(),
    notes: [...suite.notes, ...notes, ...busy],
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

async function record({ name }: Suite, results: TrialResults): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  await writeFile(new URL(`${name}.json`, FOLDER), `${JSON.stringify(results, undefined, 2)}\n`)
  await writeFile(new URL(`${name}.md`, FOLDER), trialsToMarkdown(results))
  progress('recorded in bench/results')
}
