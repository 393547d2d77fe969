import { readFileSync } from 'node:fs'
import { Authority } from '../../harness/authority.ts'
import { startBlackHole } from '../../harness/black-hole.ts'
import { available } from '../../harness/commands.ts'
import { freePort } from '../../harness/ports.ts'
import { startRedis } from '../../harness/redis.ts'
import { startStreamOrigin } from '../../harness/stream-origin.ts'
import { temporaryFolder } from '../../harness/temp.ts'
import { USER_FILES } from './authentication.ts'
import { makeClientCertificate } from './certificates.ts'
import { MODULES } from './custom.ts'
import { ObedientOrigin, type RedisPlaces, type Surroundings } from './scene.ts'

/** Starts everything that cases name, and ends it with `resources`. */
export async function startSurroundings(resources: AsyncDisposableStack): Promise<Surroundings> {
  const folder = resources.use(await temporaryFolder())
  for (const [name, content] of Object.entries({ ...USER_FILES, ...MODULES })) await folder.write(name, content)
  makeClientCertificate(folder.path)
  const authority = new Authority(folder, 'authority')
  const [server, client] = [authority.issue('IP:127.0.0.1'), authority.issue('DNS:client.test')]
  const credentials = { ca: authority.certFile, cert: client.certFile, key: client.keyFile }

  const origin = resources.use(await ObedientOrigin.start())
  const [cert, key, ca] = [server.certFile, server.keyFile, authority.certFile].map((file) => readFileSync(file))
  const auth = resources.use(await ObedientOrigin.start({ cert, key, ca, requestCert: true }))
  const redis = available('redis-server') ? await startRedisPlaces({ server, authority, credentials }, resources) : undefined
  return { folder, origin, deadPort: await freePort(), auth: { url: auth.url, ...credentials }, redis }
}

interface Trust {
  readonly server: { readonly certFile: string; readonly keyFile: string }
  readonly authority: Authority
  readonly credentials: Pick<RedisPlaces, 'ca' | 'cert' | 'key'>
}

async function startRedisPlaces({ server, authority, credentials }: Trust, resources: AsyncDisposableStack): Promise<RedisPlaces> {
  const redis = resources.use(
    await startRedis({ tls: { ...server, clientAuthority: authority.certFile }, config: 'user carol on >secret ~* +@all' }),
  )
  const silent = resources.use(await startStreamOrigin(() => {}))
  const blackHole = resources.use(await startBlackHole())
  return {
    endpoint: redis.endpoint,
    secureEndpoint: `127.0.0.1:${redis.securePort}`,
    ...credentials,
    silentEndpoint: silent.address,
    blackHole: new URL(blackHole.url).host,
    keysOf: (db) => redis.send(['SELECT', String(db)], ['KEYS', '*']),
  }
}
