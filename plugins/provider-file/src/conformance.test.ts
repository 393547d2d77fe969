import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { check } from 'gateway/provider'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { file } from './index.ts'

providerConformance('the file provider', async () => {
  const folder = await temporaryFolder()
  const [directory, away] = [join(folder.path, 'conf.d'), join(folder.path, 'away')]
  await mkdir(directory)
  return {
    definition: file,
    options: check(file.options, { directory }).value,
    async write(tree) {
      await folder.write('conf.d/good.json', JSON.stringify(tree))
    },
    async corrupt() {
      await folder.write('conf.d/bad.yml', 'http: [')
    },
    remove: () => rm(join(directory, 'good.json')),
    lose: () => rename(directory, away),
    restore: () => rename(away, directory),
    dispose: () => folder[Symbol.asyncDispose](),
  }
})
