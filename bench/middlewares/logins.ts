import { hashSync } from '@node-rs/bcrypt'
import { oneRouter } from '../data-plane/dynamic.ts'
import { constantRate, type Run } from '../data-plane/latency.ts'
import { startSubject } from '../data-plane/subject.ts'
import type { Trial, TrialContext } from '../data-plane/trial.ts'
import { outputOf, summaryIn } from '../load.ts'
import { median } from '../results.ts'
import type { LoginSummary } from './clients/logins.ts'

const PROGRAM = new URL('./clients/logins.ts', import.meta.url).pathname
const GUESSERS = 100
const RATE = 2000
const LIMIT = 2
/** The guessers begin a little earlier than what is counted, and end a little later. */
const SPARE_SECONDS = 1

/** Passwords are hashed so that guessing is slow: that must not make everybody else slow. */
export const logins: Trial = {
  name: 'logins',
  title: `small GETs at ${RATE}/s beside ${GUESSERS} clients that send wrong passwords without a pause (basicAuth, bcrypt at cost 10): p99 against that without them`,
  goal: `≤ ${LIMIT} ×`,
  async measure(context) {
    await using resources = new AsyncDisposableStack()
    const { port } = await startSubject(context, { dynamic: guarded }, resources)
    const [seconds, rounds] = context.quick ? [2, 1] : [3, 4]
    const options = { ...context, seconds }
    await constantRate(`${port}`, RATE, { ...context, seconds: 2 })
    const runs: { readonly alone: Run; readonly beside: Run; readonly guessed: LoginSummary }[] = []
    for (let round = 1; round <= rounds; round++) {
      const alone = await constantRate(`${port}`, RATE, options)
      const guessing = guess(port, seconds + 2 * SPARE_SECONDS, context)
      const [beside, guessed] = await Promise.all([constantRate(`${port}`, RATE, options), guessing])
      context.progress(
        `logins round ${round}/${rounds}: ${alone.p99Ms.toFixed(2)} ms alone, ${beside.p99Ms.toFixed(2)} ms beside ${guessed.refused} refused`,
      )
      runs.push({ alone, beside, guessed })
    }
    const ratio = median(runs.map(({ alone, beside }) => beside.p99Ms / alone.p99Ms))
    const [before, after] = [median(runs.map(({ alone }) => alone.p99Ms)), median(runs.map(({ beside }) => beside.p99Ms))]
    const refused = median(runs.map(({ guessed: { refused, ms } }) => refused / (ms / 1000)))
    const problems = problemsOf(
      runs.flatMap(({ alone, beside }) => [alone, beside]),
      refused,
    )
    return {
      measured: `${ratio.toFixed(2)} × (${after.toFixed(2)} ms against ${before.toFixed(2)} ms, ${refused.toFixed(0)} passwords a second checked)${problems}`,
      met: ratio <= LIMIT && problems === '',
      figures: { ratio, runs },
    }
  },
}

function guarded(originPort: number): unknown {
  const { http } = oneRouter(originPort)
  return {
    http: {
      ...http,
      routers: { ...http.routers, private: { rule: 'PathPrefix(`/private`)', service: 'origin', middlewares: ['users'] } },
      middlewares: { users: { basicAuth: { users: [`carol:${hashSync('correct-horse', 10)}`] } } },
    },
  }
}

/** Sends wrong passwords for so long. */
export async function guess(
  port: number,
  seconds: number,
  { loadLauncher: launcher, signal }: Pick<TrialContext, 'loadLauncher' | 'signal'>,
): Promise<LoginSummary> {
  const command = [process.execPath, PROGRAM, `${port}`, '/private', `${GUESSERS}`, `${seconds}`]
  return summaryIn<LoginSummary>(await outputOf(command, { url: '', seconds, launcher, signal }))
}

function problemsOf(runs: readonly Run[], refused: number): string {
  const lost = runs.some(({ failed, unsent }) => failed + unsent > 0) ? '; requests failed or were never sent' : ''
  return refused > 0 ? lost : `${lost}; no password was checked`
}
