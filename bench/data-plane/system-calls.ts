import { startProcess } from '../../test/harness/process.ts'
import { runLoad } from '../load.ts'
import { oneRouter } from './dynamic.ts'
import { parseSystemCalls } from './figures.ts'
import { small } from './loads.ts'
import { startSubject } from './subject.ts'
import type { Trial } from './trial.ts'

const LIMIT = 2.05

/** A proxied exchange is two messages each way: none of them may take a second call. */
export const systemCalls: Trial = {
  name: 'syscalls',
  title: 'system calls for each small GET on 64 keep-alive connections, counted by strace',
  goal: '2 reads and 2 writes (≤ 2.05, with those of the event loop)',
  async measure(context) {
    await using resources = new AsyncDisposableStack()
    const { pid, url } = await startSubject(context, { dynamic: oneRouter }, resources)
    const load = { row: small, url, launcher: context.loadLauncher, signal: context.signal }
    await runLoad({ ...load, seconds: 1 })
    const tracer = await startProcess('strace', ['-c', '-f', '-p', `${pid}`], { ready: /attached/ })
    const { requests, errors } = await runLoad({ ...load, seconds: 2 })
    await tracer.stop('SIGINT')
    const { calls, reads, writes } = parseSystemCalls(tracer.stdout + tracer.stderr)
    const [readsEach, writesEach] = [reads / requests, writes / requests]
    const wrong = errors.length > 0 ? `; ${errors.join(', ')}` : ''
    const others = Object.entries(calls).map(([name, count]) => [name, Number((count / requests).toFixed(3))] as const)
    return {
      measured: `${readsEach.toFixed(3)} reads and ${writesEach.toFixed(3)} writes in ${requests} requests${wrong}`,
      met: readsEach <= LIMIT && writesEach <= LIMIT && reads > 0 && errors.length === 0,
      figures: { requests, readsEach, writesEach, eachRequest: Object.fromEntries(others.filter(([, share]) => share >= 0.001)) },
    }
  },
}
