import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Peer, startPeer } from './peer.ts'

const root = new URL('../../', import.meta.url).pathname
const cli = join(root, 'bin/run.js')

/** This gateway as it is built, with one worker thread. */
export const gateway: Peer = {
  name: 'gateway',
  missing: () => (existsSync(join(root, 'dist/commands/serve.js')) ? undefined : 'gateway is not built (npm run build)'),
  version: async () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
  async start(place) {
    const file = join(place.folder, 'gateway.yml')
    await writeFile(join(place.folder, 'dynamic.yml'), dynamicConfiguration(place.originPort))
    await writeFile(
      file,
      `
entryPoints:
  web:
    address: 127.0.0.1:${place.port}
providers:
  file:
    filename: ${join(place.folder, 'dynamic.yml')}
    watch: false
`,
    )
    return startPeer(place, [process.execPath, cli, 'serve', '--configFile', file, '--workers', '1'])
  },
}

function dynamicConfiguration(originPort: number): string {
  return `
http:
  routers:
    all:
      rule: PathPrefix(\`/\`)
      service: origin
  services:
    origin:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:${originPort}
`
}
