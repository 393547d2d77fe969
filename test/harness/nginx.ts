import { freePort } from './ports.ts'
import { startProcess } from './process.ts'
import { type TemporaryFolder, temporaryFolder } from './temp.ts'

export interface NginxOptions {
  /** What each location answers: its pattern (`/`, `= /small`, `~ \.txt$`) to its directives. */
  readonly locations: Readonly<Record<string, string>>
  /** Further directives of the `server` block; those that it needs are there. */
  readonly server?: string
  /** Further directives of the `http` block, such as `upstream`. */
  readonly http?: string
  /** Files below the root of the server, by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** A command in front of nginx that replaces itself by it, such as `taskset -c 1`. */
  readonly launcher?: readonly string[]
}

export interface Nginx extends AsyncDisposable {
  readonly port: number
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string
  readonly pid: number
  /** Its working folder, with `error.log` and the root `files/`. */
  readonly folder: string
  stop(): Promise<void>
}

/** Starts a real nginx with one worker on a free port of 127.0.0.1, in a temporary folder. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const folder = await temporaryFolder()
  try {
    return await startIn(folder, options)
  } catch (error) {
    await folder[Symbol.asyncDispose]()
    throw error
  }
}

async function startIn(folder: TemporaryFolder, options: NginxOptions): Promise<Nginx> {
  const port = await freePort()
  const configuration = await folder.write('nginx.conf', nginxConfiguration(port, options))
  await folder.write('files/.keep', '')
  await folder.write('temp/.keep', '')
  for (const [name, content] of Object.entries(options.files ?? {})) await folder.write(`files/${name}`, content)

  const nginx = ['nginx', '-p', folder.path, '-c', configuration, '-e', `${folder.path}/error.log`]
  const [command = 'nginx', ...args] = [...(options.launcher ?? []), ...nginx]
  const running = await startProcess(command, args, { ready: port })

  const stop = async (): Promise<void> => {
    await running.stop()
    await folder[Symbol.asyncDispose]()
  }
  return { port, url: `http://127.0.0.1:${port}`, pid: running.pid, folder: folder.path, stop, [Symbol.asyncDispose]: stop }
}

function nginxConfiguration(port: number, { locations, server = '', http = '' }: NginxOptions): string {
  // The workers would otherwise be another user's, who may not read the temporary folder.
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  return `
${user}
daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  server_tokens off;
  default_type text/plain;
  client_body_temp_path temp/client_body;
  proxy_temp_path temp/proxy;
  fastcgi_temp_path temp/fastcgi;
  uwsgi_temp_path temp/uwsgi;
  scgi_temp_path temp/scgi;
  ${http}
  server {
    listen 127.0.0.1:${port} backlog=1024;
    root files;
    ${server}
    ${Object.entries(locations)
      .map(([pattern, directives]) => `location ${pattern} { ${directives} }`)
      .join('\n    ')}
  }
}
`
}
