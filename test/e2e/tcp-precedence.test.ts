import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Installation } from '../harness/installation.ts'
import { startOrigin } from '../harness/origin.ts'
import { freePort } from '../harness/ports.ts'
import { echo, startStreamOrigin } from '../harness/stream-origin.ts'
import { bannerOf, serversAt } from '../harness/tcp-configuration.ts'
import { temporaryFolder } from '../harness/temp.ts'

/** One router for all connections, with this name, to a server. */
const configurationOf = (name: string, address: string): string => `
tcp:
  routers: { ${name}: { rule: "ClientIP(\`127.0.0.1\`)", entryPoints: [web], service: app, priority: 7 } }
  services: { app: { loadBalancer: { ${serversAt(address)} } } }
`

test('of TCP routers of one priority, that of the provider with precedence gets the connections, whatever their names are', async () => {
  await using folder = await temporaryFolder()
  await using ofFile = await startStreamOrigin(echo('file'))
  await using ofHttp = await startStreamOrigin(echo('http'))
  const installation = new Installation(folder)
  await installation.link(join(installation.plugins, 'provider-http'))
  const orders = [
    { precedence: '[file, http]', names: ['b', 'a'], first: 'file:' },
    { precedence: '[http, file]', names: ['a', 'b'], first: 'http:' },
    // What is not listed loses.
    { precedence: '[http]', names: ['a', 'b'], first: 'http:' },
  ] as const
  for (const { precedence, names, first } of orders) {
    const [inFile, inHttp] = names
    const document = configurationOf(inHttp, ofHttp.address)
    await using source = await startOrigin('configuration', (_seen, response) => void response.end(document))
    const port = await freePort()
    await using gateway = await installation.serve(`
entryPoints: { web: { address: "127.0.0.1:${port}" } }
providers:
  providersThrottleDuration: 100ms
  precedence: ${precedence}
  file: { filename: "${await folder.write('dynamic.yml', configurationOf(inFile, ofFile.address))}" }
  http: { endpoint: "${source.url}/tcp.yml", pollInterval: 50ms }
`)
    await gateway.printed(/is live: 2 routers, 2 services/)
    expect(await bannerOf(port), precedence).toBe(first)
  }
})
