import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import DockerInspect from './inspect.ts'

test('the manifest, from which the command line learns of the command, is that of the command', async () => {
  const manifest = JSON.parse(await readFile(new URL('../../../oclif.manifest.json', import.meta.url), 'utf8'))
  const { summary, description, flags } = manifest.commands['docker:inspect']
  expect({ summary, description }).toEqual({ summary: DockerInspect.summary, description: DockerInspect.description })
  expect(Object.keys(flags).sort()).toEqual([...Object.keys(DockerInspect.flags), 'json'].sort())
})
