import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { freePort } from '../harness/ports.ts'

const DYNAMIC = `
http:
  routers:
    all: { rule: "PathPrefix(\`/all\`)", service: "whoami@internal" }
    filtered: { rule: "PathPrefix(\`/filtered\`)", middlewares: [encoded], service: "whoami@internal" }
  middlewares:
    encoded: { encodedCharacters: { allowEncodedSlash: true } }
`

for (const workers of [1, 4]) {
  test(`what an entry point denies is refused there and nowhere else, after the router is found (${workers} workers)`, async () => {
    const open = await freePort()
    await using gateway = await startGateway({
      dynamic: DYNAMIC,
      web: '    http: { encodedCharacters: { allowEncodedSlash: false, allowEncodedNullCharacter: false } }',
      args: [`--entryPoints.open.address=127.0.0.1:${open}`, '--entryPoints.open.http.encodedCharacters.allowEncodedHash=true'],
      workers,
    })
    const cases = [
      { path: '/all/a%2Fb', web: 400, open: 200 },
      { path: '/all/a%2fb', web: 400, open: 200 },
      { path: '/all/%00', web: 400, open: 200 },
      { path: '/all/%5C%3B%25%3F%23', web: 200, open: 200 },
      { path: '/all/%20?a=%2F', web: 200, open: 200 },
      { path: '/none/a%2Fb', web: 404, open: 404 },
      { path: '/filtered/a%2Fb', web: 400, open: 200 },
      { path: '/filtered/a%5cb', web: 400, open: 400 },
      { path: '/filtered/a%20b', web: 200, open: 200 },
    ]
    for (const { path, ...expected } of cases) {
      const [web, other] = [await request(gateway.port, { path }), await request(open, { path })]
      expect({ path, web: web.status, open: other.status }).toEqual({ path, ...expected })
      if (web.status === 400) expect(web.text).toBe('')
    }
  })
}
