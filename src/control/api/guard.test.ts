import { expect, test } from 'vitest'
import { apiOf } from '../../../test/harness/asked-api.ts'

const routers = {
  api: { rule: '(Host(`gw.test`) || Host(`GW2.test`)) && PathPrefix(`/api`)', service: 'api@internal' },
  app: { rule: 'Host(`app.test`)', service: 'noop@internal' },
  broken: { rule: 'Host(`', service: 'api@internal' },
}
const open = apiOf({ static: { api: { insecure: true } }, said: { file: { http: { routers } } } })

const hosts: readonly (readonly [host: string, isAdmitted: boolean])[] = [
  ['127.0.0.1', true],
  ['127.0.0.1:8080', true],
  ['[::1]:8080', true],
  ['[::1]', true],
  ['203.0.113.7:8080', true],
  ['localhost', true],
  ['LocalHost:8080', true],
  ['localhost.', true],
  ['gateway.localhost:8080', true],
  ['machine:8080', true],
  ['gw.test', true],
  ['GW.test:8080', true],
  ['gw2.test', true],
  ['', true],
  ['app.test', false],
  ['evil.test', false],
  ['evil.test:8080', false],
  ['localhost.evil.test', false],
  ['evillocalhost', false],
  ['127.0.0.1.evil.test', false],
  ['gw.test.evil.test', false],
  ['gw.test@evil.test', false],
]
for (const [host, isAdmitted] of hosts) {
  test(`without protection, the host "${host}" is ${isAdmitted ? 'served' : 'refused'}`, async () => {
    const answer = await open.ask('/api/version', { host })
    expect(answer.status).toBe(isAdmitted ? 200 : 403)
    if (!isAdmitted) expect(String(answer.content)).not.toContain('Version')
  })
}

test('a router of your own says itself which hosts it serves', async () => {
  expect(await open.ask('/api/version', { host: 'any.test', entryPoint: 'web' })).toMatchObject({ status: 200 })
  const closed = apiOf({ said: { file: { http: { routers } } } })
  expect(await closed.ask('/api/version', { host: 'any.test' })).toMatchObject({ status: 200 })
})

const foreign: readonly (readonly [fields: readonly string[], status: number])[] = [
  [['sec-fetch-site', ' Cross-Site'], 403],
  [['Sec-Fetch-Site', 'same-origin', 'Sec-Fetch-Site', 'cross-site'], 403],
  [['Sec-Fetch-Site', 'same-site'], 200],
  [['Sec-Fetch-Site', 'none'], 200],
  [['Origin', 'http://evil.test'], 200],
]
for (const [headers, status] of foreign) {
  test(`${headers.join(' ')}: ${status}, and no page of another site may read it`, async () => {
    const answer = await open.ask('/api/version', { headers })
    expect(answer.status).toBe(status)
    expect(answer.headers.map((text) => text.toLowerCase())).not.toContain('access-control-allow-origin')
  })
}
