import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { writtenOptions } from './written-options.ts'

const FILE = 'Providers:\n  Docker:\n    endpoint: tcp://there:2375\n    network: front\n'

test('the section of the file counts, whatever its case, and what is given beside it wins', async () => {
  await using folder = await temporaryFolder()
  const file = await folder.write('gateway.yml', FILE)
  expect(await writtenOptions(file, { network: 'back', endpoint: undefined })).toMatchObject({
    endpoint: 'tcp://there:2375',
    network: 'back',
  })
})

test('without a file the defaults count', async () => {
  expect(await writtenOptions(undefined, {})).toMatchObject({ endpoint: 'unix:///var/run/docker.sock', exposedByDefault: true })
})

const wrong = [
  { why: 'a wrong value', text: 'providers: { docker: { watch: perhaps } }', problem: 'providers.docker.watch is "perhaps"' },
  { why: 'a file that is no YAML', text: 'providers: [', problem: 'gateway.yml' },
]
for (const { why, text, problem } of wrong) {
  test(`${why} is told`, async () => {
    await using folder = await temporaryFolder()
    await expect(writtenOptions(await folder.write('gateway.yml', text), {})).rejects.toThrow(problem)
  })
}
