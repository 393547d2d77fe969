import { startSubject } from '../data-plane/subject.ts'
import type { Trial, TrialContext } from '../data-plane/trial.ts'
import { median } from '../results.ts'
import { certificatesFor, dynamicWith, oneCertificate } from './dynamic.ts'

const CERTIFICATES = 1000
const MOST_MS = 1000

/** What many certificates cost the start. */
export const start: Trial = {
  name: 'start',
  title: `from the command line until the configuration is live, with ${CERTIFICATES} certificates against one`,
  goal: `≤ ${MOST_MS} ms more`,
  async measure(context) {
    const [one, many] = [dynamicWith(oneCertificate()), dynamicWith(certificatesFor(CERTIFICATES))]
    const times: { readonly one: number; readonly many: number }[] = []
    for (let round = 0; round < (context.quick ? 1 : 7); round += 1) {
      const each = { one: await timeToStart(context, one), many: await timeToStart(context, many) }
      context.progress(`start: ${each.one.toFixed(0)} → ${each.many.toFixed(0)} ms`)
      times.push(each)
    }
    const more = median(times.map((each) => each.many - each.one))
    return {
      measured: `${more.toFixed(0)} ms more (${median(times.map((each) => each.one)).toFixed(0)} ms with one, ${median(times.map((each) => each.many)).toFixed(0)} ms with ${CERTIFICATES})`,
      met: more <= MOST_MS,
      figures: { times },
    }
  },
}

async function timeToStart(context: TrialContext, dynamic: object): Promise<number> {
  context.signal.throwIfAborted()
  await using resources = new AsyncDisposableStack()
  const startedAt = performance.now()
  await startSubject(context, { dynamic: () => dynamic }, resources)
  return performance.now() - startedAt
}
