import { afterAll } from 'vitest'
import { type ConsulServer, startConsul } from '../../../test/harness/consul.ts'

let running: Promise<ConsulServer> | undefined

/** The one server of a test file, started for the first test that needs it. */
export function server(): Promise<ConsulServer> {
  running ??= startConsul()
  return running
}

afterAll(async () => {
  await (await running)?.[Symbol.asyncDispose]()
})

/** A server that can be taken away for the time of a test, and is there again afterwards. */
export async function losable(): Promise<{ lose(): Promise<void>; restore(): Promise<void>; answering(): Promise<ConsulServer> }> {
  const consul = await server()
  let isLost = false
  const restore = async (): Promise<void> => {
    if (isLost) await consul.start()
    isLost = false
  }
  return {
    async lose() {
      isLost = true
      await consul.kill()
    },
    restore,
    async answering() {
      await restore()
      await consul.ready()
      return consul
    },
  }
}

/** The keys of a tree of texts. */
export function pairsOf(tree: object, root: string): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'object') Object.assign(pairs, pairsOf(value, `${root}/${key}`))
    else pairs[`${root}/${key}`] = String(value)
  }
  return pairs
}
