import { once } from 'node:events'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { runServer } from 'verdaccio'
import { runNpm } from './npm.ts'
import { freePort } from './ports.ts'
import { type TemporaryFolder, temporaryFolder } from './temp.ts'

/** A registry on loopback with nothing in it but what is published to it. */
export interface Registry extends AsyncDisposable {
  readonly url: string
  /** Publishes the package in a folder, as its author would. */
  publish(folder: string): Promise<void>
  /** Takes it off the network; what was published stays. */
  stop(): Promise<void>
}

/** Starts a registry that everyone may publish to and that knows no other. */
export async function startRegistry(): Promise<Registry> {
  const folder = await temporaryFolder()
  const port = await freePort()
  const server = (await runServer({
    self_path: folder.path,
    storage: join(folder.path, 'storage'),
    packages: { '**': { access: '$all', publish: '$all', unpublish: '$all' } },
    uplinks: {},
    auth: { htpasswd: { file: join(folder.path, 'htpasswd') } },
    web: { enable: false },
    log: { type: 'stdout', format: 'pretty', level: 'fatal' },
  } as never)) as Server
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const stop = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return {
    url: `http://127.0.0.1:${port}/`,
    publish: (from) => publish(from, port, folder),
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function publish(from: string, port: number, { path }: TemporaryFolder): Promise<void> {
  const args = ['publish', `--registry=http://127.0.0.1:${port}/`, `--//127.0.0.1:${port}/:_authToken=anybody`, '--ignore-scripts']
  const { code, stdout, stderr } = await runNpm(args, from, { HOME: path, npm_config_cache: join(path, 'cache') })
  if (code !== 0) throw new Error(`${from} cannot be published: ${stdout}${stderr}`)
}
