import { parentPort, workerData } from 'node:worker_threads'
import type { Dispatch } from '../../dispatch/dispatch.ts'
import { UserModules } from '../../middlewares/custom/user-modules.ts'
import { buildCustom, type CustomOptions, checkCustom } from '../../middlewares/custom.ts'
import { realTime } from '../../runtime/time.ts'
import { placeIn } from './error-place.ts'
import type { CheckRequest, Verdict } from './verdict.ts'

/** The entry of a thread that tries one module: what it does to its thread harms nobody. */
async function run({ module, uses }: CheckRequest): Promise<Verdict[]> {
  const modules = new UserModules()
  await modules.load([module])
  return uses.map(({ name, options }) => verdictOn(modules, name, options))
}

const silent: Dispatch = () => true

function verdictOn(modules: UserModules, name: string, options: CustomOptions): Verdict {
  try {
    const content = modules.get(options.module?.url ?? '')
    const issues = checkCustom(options, content)
    if (issues.length > 0) return { type: 'issues', issues }
    const userCode = { module: (url: string) => modules.get(url), log: () => {} }
    buildCustom(options, content, { name, time: realTime, userCode })(silent)
    return { type: 'good' }
  } catch (error) {
    return failed(error, options)
  }
}

function failed(thrown: unknown, { module }: CustomOptions): Verdict {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const { source, url = '' } = module ?? {}
  const place = source === undefined ? undefined : placeIn(error.stack ?? '', url)
  return { type: 'failed', message: error.message, ...(place === undefined ? {} : { place }) }
}

parentPort?.postMessage(await run(workerData as CheckRequest))
// Timers and sockets that the module has left open would keep the thread.
process.exit()
