import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Certificate } from './certificate.ts'
import { freePort } from './ports.ts'
import { startProcess } from './process.ts'
import { temporaryFolder } from './temp.ts'

export interface Postgres extends AsyncDisposable {
  readonly port: number
}

/** The user `nobody`: PostgreSQL refuses to run as root. */
const NOBODY = 65_534

/** Starts a real PostgreSQL on a free port of 127.0.0.1 that trusts everyone; it speaks TLS where it has a certificate. */
export async function startPostgres(certificate?: Certificate): Promise<Postgres> {
  const folder = await temporaryFolder()
  const isRoot = process.getuid?.() === 0
  const own = (file: string): void => (isRoot ? chownSync(file, NOBODY, NOBODY) : undefined)
  const [command, ...before] = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : ['env']
  const programs = dirname(globSync('/usr/lib/postgresql/*/bin/postgres').at(-1) ?? '')
  const data = join(folder.path, 'data')
  own(folder.path)
  const environment = { ...process.env, LC_ALL: 'C' }
  const initdb = [...before, join(programs, 'initdb'), '-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync']
  execFileSync(command as string, initdb, { stdio: 'ignore', cwd: folder.path, env: environment })
  const tls: string[] = []
  for (const [name, file] of Object.entries(certificate === undefined ? {} : { cert: certificate.certFile, key: certificate.keyFile })) {
    const copy = join(data, `server.${name}`)
    copyFileSync(file, copy)
    own(copy)
    chmodSync(copy, 0o600)
    tls.push('-c', `ssl_${name}_file=${copy}`)
  }
  const port = await freePort()
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder.path}`, '-c', 'fsync=off']
  const secure = certificate === undefined ? [] : ['-c', 'ssl=on', ...tls]
  const server = await startProcess(
    command as string,
    [...before, join(programs, 'postgres'), '-D', data, '-p', `${port}`, ...settings, ...secure],
    {
      ready: /ready to accept connections/,
      cwd: folder.path,
      env: { LC_ALL: 'C' },
    },
  )
  return {
    port,
    async [Symbol.asyncDispose]() {
      await server.stop('SIGINT')
      await folder[Symbol.asyncDispose]()
    },
  }
}
