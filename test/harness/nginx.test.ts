import { existsSync } from 'node:fs'
import { getPriority } from 'node:os'
import { expect } from 'vitest'
import { request } from './http-client.ts'
import { startNginx } from './nginx.ts'
import { needs } from './services.ts'

needs(['nginx'], 'nginx answers from its locations and files, and is gone after its scope', async () => {
  let folder = ''
  let pid = 0
  {
    await using nginx = await startNginx({
      locations: { '= /small': 'return 200 "small";', '/': 'proxy_pass http://other;' },
      server: 'add_header x-server one;',
      http: 'upstream other { server unix:other.sock; } server { listen unix:other.sock; root files; }',
      files: { 'deep/file.txt': 'from a file' },
    })
    ;({ folder, pid } = nginx)
    const small = await request(`${nginx.url}/small`)
    expect([small.status, small.text, small.headers['x-server']]).toEqual([200, 'small', 'one'])
    expect((await request(nginx.port, { path: '/deep/file.txt' })).text).toBe('from a file')
  }
  expect(existsSync(folder)).toBe(false)
  expect(existsSync(`/proc/${pid}`)).toBe(false)
})

needs(['nginx'], 'an nginx configuration that is wrong is reported with its own words', async () => {
  await expect(startNginx({ locations: { '/': 'no_such_directive;' } })).rejects.toThrow('unknown directive "no_such_directive"')
})

needs(['nginx', 'nice'], 'a launcher runs nginx in its own place', async () => {
  await using nginx = await startNginx({ locations: { '/': 'return 204;' }, launcher: ['nice', '-n', '3'] })
  expect(getPriority(nginx.pid)).toBe(getPriority() + 3)
  expect((await request(nginx.port)).status).toBe(204)
})
