import type { ServerResponse } from 'node:http'
import { expect } from 'vitest'
import { WebSocketServer } from 'ws'
import { Authority } from '../harness/authority.ts'
import { visit } from '../harness/chromium.ts'
import { startGateway } from '../harness/gateway.ts'
import { type Seen, startOrigin } from '../harness/origin.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'

const PAGE = `<!doctype html>
<title>before</title>
<link rel="stylesheet" href="/style.css">
<body>
<script src="/script.js"></script>
<img src="/held.svg">
</body>
`

/** What the page finds out about its own connection; the image, and with it the end of loading, waits for the report. */
const SCRIPT = `
const echoed = new Promise((resolve) => {
  const socket = new WebSocket(location.origin.replace('https', 'wss') + '/socket')
  socket.onopen = () => socket.send('a message')
  socket.onmessage = ({ data }) => resolve(data)
  socket.onerror = () => resolve('no socket')
})
const text = fetch('/text', { method: 'POST', body: 'x'.repeat(100000) }).then((response) => response.text())
Promise.all([echoed, text]).then(async ([message, length]) => {
  const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  const protocols = Object.fromEntries(entries.map(({ name, nextHopProtocol }) => [new URL(name).pathname, nextHopProtocol]))
  document.title = 'after'
  await fetch('/report', { method: 'POST', body: JSON.stringify({ message, length, protocols }) })
})
`

const IMAGE = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'

/** A site whose image is served once the page has reported. */
function siteOf(reported: (text: string) => void) {
  let held: ServerResponse | undefined
  let isReported = false
  const show = (): void => void held?.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end(IMAGE)
  const files: Readonly<Record<string, readonly [type: string, content: string]>> = {
    '/': ['text/html', PAGE],
    '/style.css': ['text/css', 'body { color: green }'],
    '/script.js': ['text/javascript', SCRIPT],
  }
  return ({ url, content }: Seen, response: ServerResponse): void => {
    const file = files[url]
    if (file !== undefined) response.writeHead(200, { 'Content-Type': file[0] }).end(file[1])
    else if (url === '/text') response.end(String(content.length))
    else if (url === '/held.svg') {
      held = response
      if (isReported) show()
    } else if (url === '/report') {
      reported(content)
      isReported = true
      response.end()
      show()
    } else response.writeHead(404).end()
  }
}

needs(
  ['openssl', 'chromium'],
  'a browser loads a page over HTTP/2 with all that belongs to it, a WebSocket among it',
  async () => {
    await using folder = await temporaryFolder()
    const authority = new Authority(folder, 'authority')
    const { certFile, keyFile } = authority.issue('DNS:app.test')
    let report = ''
    await using site = await startOrigin(
      'site',
      siteOf((text) => {
        report = text
      }),
    )
    const sockets = new WebSocketServer({ server: site.server, path: '/socket' })
    sockets.on('connection', (socket) => socket.on('message', (message) => socket.send(`echo of ${message}`)))
    await using gateway = await startGateway({
      workers: 2,
      dynamic: `
http:
  routers:
    app: { rule: "Host(\`app.test\`)", service: app, tls: {}, middlewares: [zip] }
  middlewares:
    zip: { compress: { minResponseBodyBytes: 1 } }
  services:
    app: { loadBalancer: { servers: [{ url: "${site.url}" }] } }
tls:
  certificates:
    - { certFile: "${certFile}", keyFile: "${keyFile}" }
`,
    })
    const browser = await visit({ folder, certFiles: [certFile], url: `https://app.test:${gateway.port}/` })
    const { code } = await browser.exited
    expect([code, browser.stdout]).toEqual([0, expect.stringContaining('<title>after</title>')])
    const { message, length, protocols } = JSON.parse(report)
    expect([message, length]).toEqual(['echo of a message', '100000'])
    expect(protocols).toMatchObject({ '/': 'h2', '/style.css': 'h2', '/script.js': 'h2', '/text': 'h2' })
    sockets.close()
  },
  90_000,
)
