import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { check } from 'gateway/provider'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { file } from './index.ts'

providerConformance('the file provider', async () => {
  const folder = await temporaryFolder()
  return {
    definition: file,
    options: check(file.options, { directory: folder.path }).value,
    async write(tree) {
      await folder.write('good.json', JSON.stringify(tree))
    },
    async corrupt() {
      await folder.write('bad.yml', 'http: [')
    },
    remove: () => rm(join(folder.path, 'good.json')),
    dispose: () => folder[Symbol.asyncDispose](),
  }
})
