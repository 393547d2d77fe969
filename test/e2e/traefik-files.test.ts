import { expect } from 'vitest'
import { ROOT } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startNginx } from '../harness/nginx.ts'
import { freePort } from '../harness/ports.ts'
import { startProcess } from '../harness/process.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'

const STATIC = {
  yml: (port: number, ping: number, file: string) => `
entryPoints:
  web:
    address: "127.0.0.1:${port}"
  traefik:
    address: "127.0.0.1:${ping}"
providers:
  file:
    filename: "${file}"
    watch: true
ping:
  entryPoint: traefik
`,
  toml: (port: number, ping: number, file: string) => `
[entryPoints]
  [entryPoints.web]
    address = "127.0.0.1:${port}"
  [entryPoints.traefik]
    address = "127.0.0.1:${ping}"

[providers.file]
  filename = "${file}"
  watch = true

[ping]
  entryPoint = "traefik"
`,
}

const DYNAMIC = {
  yml: (url: string) => `
http:
  routers:
    app:
      rule: "Host(\`app.localhost\`) && PathPrefix(\`/api\`)"
      entryPoints:
        - web
      middlewares:
        - strip
      service: app
    other:
      rule: "Host(\`other.localhost\`)"
      service: app
  middlewares:
    strip:
      stripPrefix:
        prefixes:
          - /api
  services:
    app:
      loadBalancer:
        passHostHeader: false
        servers:
          - url: "${url}"
`,
  toml: (url: string) => `
[http.routers.app]
  rule = "Host(\`app.localhost\`) && PathPrefix(\`/api\`)"
  entryPoints = ["web"]
  middlewares = ["strip"]
  service = "app"
[http.routers.other]
  rule = "Host(\`other.localhost\`)"
  service = "app"

[http.middlewares.strip.stripPrefix]
  prefixes = ["/api"]

[http.services.app.loadBalancer]
  passHostHeader = false
  [[http.services.app.loadBalancer.servers]]
    url = "${url}"
`,
}

for (const format of ['yml', 'toml'] as const) {
  needs(['nginx'], `the files of a Traefik v3 user run unchanged in front of nginx (${format})`, async () => {
    await using nginx = await startNginx({ locations: { '/': "return 200 'nginx saw $host $request_uri $http_x_forwarded_host';" } })
    await using folder = await temporaryFolder()
    const [port, ping] = [await freePort(), await freePort()]
    const dynamic = await folder.write(`conf/dynamic.${format}`, DYNAMIC[format](nginx.url))
    const statics = await folder.write(`traefik.${format}`, STATIC[format](port, ping, dynamic))
    await using _gateway = await startProcess(process.execPath, [`${ROOT}/bin/run.js`, 'serve', `--configfile=${statics}`], {
      ready: /configuration 1 is live/,
    })

    const answer = await request(port, { path: '/api/a%20b?c=d', headers: { host: 'app.localhost' } })
    expect(answer.status).toBe(200)
    expect(answer.text).toBe('nginx saw 127.0.0.1 /a%20b?c=d app.localhost')
    expect((await request(port, { path: '/x', headers: { host: 'other.localhost' } })).text).toBe('nginx saw 127.0.0.1 /x other.localhost')
    expect((await request(port, { path: '/', headers: { host: 'app.localhost' } })).status).toBe(404)
    expect((await request(ping, { path: '/ping' })).text).toBe('OK')
  })
}
