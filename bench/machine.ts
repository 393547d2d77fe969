import { readFileSync } from 'node:fs'
import { availableParallelism, release } from 'node:os'
import { available } from '../test/harness/commands.ts'

/** What a reader needs to know of the machine, and nothing that would tell which one it is. */
export function describeMachine(): Record<string, string> {
  const model = /^model name\s*:\s*(.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown'
  return { cpu: model, cores: `${availableParallelism()}`, kernel: /^[\d.]+/.exec(release())?.[0] ?? 'unknown', node: process.version }
}

/** The commands in front of the proxies, and of the origin and the load, which pin them to cores of their own. */
export interface Pinning {
  readonly proxyLauncher: readonly string[]
  readonly loadLauncher: readonly string[]
  readonly notes: readonly string[]
}

/** Proxies on the first core, origin and load on the second. */
export function pinning(): Pinning {
  if (!available('taskset'))
    return { proxyLauncher: [], loadLauncher: [], notes: ['taskset is not installed: nothing is pinned to a core'] }
  const onCore = (core: number): string[] => ['taskset', '-c', `${core}`]
  if (availableParallelism() > 1) return { proxyLauncher: onCore(0), loadLauncher: onCore(1), notes: [] }
  return { proxyLauncher: onCore(0), loadLauncher: onCore(0), notes: ['one core only: proxy, origin and load share it'] }
}
