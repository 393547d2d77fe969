import { cpuNanoseconds } from '../accounting.ts'
import { small } from '../data-plane/loads.ts'
import { type Subject, startSubject } from '../data-plane/subject.ts'
import type { Trial, TrialContext } from '../data-plane/trial.ts'
import { runLoad } from '../load.ts'
import { whatIsWrongWith } from '../measure.ts'
import { median } from '../results.ts'
import { type Case, casesAt, FIELDS, PLAIN, pathOf, routersFor } from './cases.ts'

/** Rounds that follow each other share what else the machine was doing: the plain router is measured so often. */
const PLAIN_EVERY = 7

/** What one middleware has added, round by round, in microseconds on the CPU per request. */
interface Added {
  readonly name: string
  readonly micros: number[]
}

/** What each middleware costs by itself. */
export const added: Trial = {
  name: 'added',
  title:
    'small GET through one middleware and through none, in one process with a router for each: what it adds in µs on the CPU per request',
  goal: 'for information',
  async measure(context) {
    await using resources = new AsyncDisposableStack()
    const cases = casesAt(context.originPort)
    const subject = await startSubject(context, { dynamic: routersFor([PLAIN, ...cases]) }, resources)
    for (const one of [PLAIN, ...cases]) await warmUp(one, subject, context)
    const plain: number[] = []
    const all = cases.map(({ name }): Added => ({ name, micros: [] }))
    for (let round = 1; round <= (context.quick ? 1 : 4); round++) {
      let base = 0
      for (const [index, one] of cases.entries()) {
        if (index % PLAIN_EVERY === 0) {
          base = await cost(PLAIN, subject, context)
          plain.push(base)
        }
        all[index]?.micros.push((await cost(one, subject, context)) - base)
      }
      context.progress(`added round ${round}: none ${median(plain).toFixed(1)} µs`)
    }
    const costs = all.map(({ name, micros }) => ({ name, micros: median(micros) })).toSorted((one, other) => one.micros - other.micros)
    return {
      measured: `none ${median(plain).toFixed(1)}; ${costs.map(({ name, micros }) => `${name} ${signed(micros)}`).join(', ')}`,
      met: true,
      figures: { none: median(plain), added: Object.fromEntries(costs.map(({ name, micros }) => [name, micros])), rounds: { plain, all } },
    }
  },
}

async function warmUp(one: Case, subject: Subject, context: TrialContext): Promise<void> {
  const wrong = await whatIsWrongWith(subject.url, { ...small, path: pathOf(one) }, FIELDS)
  if (wrong !== undefined) throw new Error(`${one.name}: ${wrong}`)
  await cost(one, subject, context)
}

/** Microseconds on the CPU per request. */
async function cost(one: Case, { pid, url }: Subject, { loadLauncher: launcher, signal }: TrialContext): Promise<number> {
  const before = cpuNanoseconds(pid)
  const { requests, errors } = await runLoad({ url, seconds: 1, launcher, signal, row: { ...small, path: pathOf(one) }, fields: FIELDS })
  if (errors.length > 0) throw new Error(`${one.name}: ${errors.join(', ')}`)
  return (cpuNanoseconds(pid) - before) / 1000 / requests
}

function signed(micros: number): string {
  return `${micros < 0 ? '−' : '+'}${Math.abs(micros).toFixed(1)}`
}
