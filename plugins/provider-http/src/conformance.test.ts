import { once } from 'node:events'
import { createServer } from 'node:http'
import { check } from 'gateway/provider'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { http } from './index.ts'

providerConformance(
  'the HTTP provider',
  async () => {
    let content = '{}'
    const server = createServer((_request, response) => void response.end(content))
    const port = await freePort()
    const restore = async (): Promise<void> => void (await once(server.listen(port, '127.0.0.1'), 'listening'))
    const lose = async (): Promise<void> => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    }
    await restore()
    const optionsAt = (address: string) => check(http.options, { endpoint: `http://${address}/gateway.json`, pollInterval: '5ms' }).value
    return {
      definition: http,
      options: optionsAt(`127.0.0.1:${port}`),
      connection: { target: { port, host: '127.0.0.1' }, options: optionsAt },
      async write(tree) {
        content = JSON.stringify(tree)
        // The server is asked in its own time.
        await new Promise(setImmediate)
      },
      async corrupt() {
        content = `${content} and more`
      },
      async remove() {
        content = '{}'
      },
      lose,
      restore,
      dispose: async () => void (server.listening && (await lose())),
    }
  },
  { oneDocument: true },
)
