import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { check } from 'gateway/provider'
import { type ProviderSubject, providerCases } from 'gateway/provider/conformance'
import { provider } from '../src/index.ts'

type Options = Parameters<typeof provider.provide>[0]['options']

/** A provider and its source: how to change, break and take away the source is all that the promises need to know. */
async function setup(): Promise<ProviderSubject<Options>> {
  const folder = await mkdtemp(join(tmpdir(), 'provider-'))
  const filename = join(folder, 'routes.json')
  const away = join(folder, 'away.json')
  let content = '{}'
  const write = async (text: string): Promise<void> => {
    content = text
    const fresh = join(folder, 'fresh.json')
    await writeFile(fresh, text)
    // In one step, so that half a document is never read.
    await rename(fresh, filename)
  }
  await write(content)
  return {
    definition: provider,
    options: check(provider.options, { filename, pollInterval: '50ms' }).value,
    write: (tree) => write(JSON.stringify(tree)),
    corrupt: () => write(`${content} and more`),
    remove: () => write('{}'),
    lose: () => rename(filename, away),
    restore: () => rename(away, filename),
    dispose: () => rm(folder, { recursive: true }),
  }
}

for (const { title, run } of providerCases(setup, { oneDocument: true })) test(title, { timeout: 60_000 }, run)
