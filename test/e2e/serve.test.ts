import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { folderWith, runCommand, startCommand } from '../harness/command-line.ts'
import { request } from '../harness/http-client.ts'
import { freePort } from '../harness/ports.ts'

describe('serve', () => {
  const WHOAMI = 'http:\n  routers:\n    whoami:\n      rule: Host(`whoami.localhost`)\n      service: whoami@internal\n'

  test('says where it listens and what to try, serves, and ends with 0', async () => {
    const [web, ping] = [await freePort(), await freePort()]
    const gateway = `entryPoints:\n  web:\n    address: 127.0.0.1:${web}\n  gateway:\n    address: 127.0.0.1:${ping}\nping: {}\nproviders:\n  file:\n    filename: routes.yml\n`
    await using folder = await folderWith({ 'gateway.yml': gateway, 'routes.yml': WHOAMI })
    await using served = await startCommand(['serve', '--workers=2'], { cwd: folder.path, ready: /curl -H/ })
    expect(served.stdout).toMatch(/^gateway \d+\.\d+\.\d+$/m)
    expect(served.stdout).toMatch(/configuration +gateway\.yml, flags|configuration +gateway\.yml/)
    expect(served.stdout).toContain(`web      http://127.0.0.1:${web}`)
    expect(served.stdout).toMatch(/routers +1 live/)
    expect(served.stdout).toContain(`curl -H 'Host: whoami.localhost' http://127.0.0.1:${web}/`)
    expect(await request(web, { headers: { host: 'whoami.localhost' } })).toMatchObject({
      status: 200,
      text: expect.stringContaining('GET / HTTP/1.1'),
    })
    expect(await runCommand(['healthcheck'], { cwd: folder.path })).toMatchObject({
      code: 0,
      stdout: `OK: http://127.0.0.1:${ping}/ping\n`,
    })
    expect(await served.stop('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(served.stderr).toBe('')
  })

  test('starts with flags alone, without the name of a command', async () => {
    const port = await freePort()
    await using folder = await folderWith({ 'routes.yml': WHOAMI })
    const args = [`--entryPoints.web.address=127.0.0.1:${port}`, '--providers.file.filename=routes.yml', '--workers=1']
    await using served = await startCommand(args, { cwd: folder.path, ready: /curl -H/ })
    expect(served.stdout).toMatch(/configuration +flags$/m)
    expect(await served.stop('SIGINT')).toEqual({ code: 0, signal: null })
  })

  test('reads everything again at SIGHUP', async () => {
    const port = await freePort()
    await using folder = await folderWith({ 'routes.yml': WHOAMI })
    const args = [
      `--entryPoints.web.address=127.0.0.1:${port}`,
      '--providers.file.filename=routes.yml',
      '--providers.file.watch=false',
      '--workers=1',
    ]
    await using served = await startCommand(args, { cwd: folder.path, ready: /curl -H/ })
    await folder.write('routes.yml', WHOAMI.replace('whoami.localhost', 'other.localhost'))
    process.kill(served.pid, 'SIGHUP')
    await served.printed(/configuration 2 is live/)
    expect(await request(port, { headers: { host: 'other.localhost' } })).toMatchObject({ status: 200 })
  })

  test('reports what is wrong with routes, and serves the others', async () => {
    const port = await freePort()
    const routes = `${WHOAMI}    broken:\n      rule: Hots(\`x\`)\n      service: whoami@internal\n`
    await using folder = await folderWith({ 'routes.yml': routes })
    const args = ['serve', `--entryPoints.web.address=127.0.0.1:${port}`, '--providers.file.filename=routes.yml', '--workers=1']
    await using served = await startCommand(args, { cwd: folder.path, ready: /curl -H/ })
    expect(served.stdout).toMatch(/routes\.yml:7:13/)
    expect(served.stdout).toMatch(/routers +1 live/)
  })

  test('opens no entry point and starts no provider that holds an unknown key, and serves the others', async () => {
    const [web, half, ping] = [await freePort(), await freePort(), await freePort()]
    const gateway = `entryPoints:
  web:
    address: 127.0.0.1:${web}
  half:
    address: 127.0.0.1:${half}
    http:
      middleware: [auth@file]
  gateway:
    address: 127.0.0.1:${ping}
ping:
  entryPont: web
providers:
  file:
    filname: routes.yml
log:
  levle: DEBUG
lgo: {}
`
    await using folder = await folderWith({ 'gateway.yml': gateway })
    await using served = await startCommand(['serve', '--workers=1'], { cwd: folder.path, ready: /routers +0 live/ })
    const warnings = served.stdout.split('\n').filter((line) => line.includes(' WRN ') || line.includes('WARN'))
    const said = [
      ['entryPoints.half is off: unknown key "middleware" in entryPoints.half.http; did you mean "middlewares"?', '7:7'],
      ['ping is off: unknown key "entryPont" in ping; did you mean "entryPoint"?', '11:3'],
      ['providers.file is off: unknown key "filname" in providers.file; did you mean "filename"?', '14:5'],
      ['ignored: unknown key "levle" in log; did you mean "level"?', '16:3'],
      ['ignored: unknown key "lgo" at the top level; did you mean "log"?', '17:1'],
    ]
    for (const [sentence = '', place] of said) {
      const lines = warnings.filter((line) => line.includes(sentence))
      expect(lines, sentence).toHaveLength(1)
      expect(lines[0]).toMatch(new RegExp(`gateway\\.yml:${place}\\b`))
    }
    expect(warnings).toHaveLength(said.length)
    expect(await request(web)).toMatchObject({ status: 404 })
    expect(await request(ping, { path: '/ping' })).toMatchObject({ status: 404 })
    await expect(request(half)).rejects.toThrow()
    expect(await runCommand(['healthcheck'], { cwd: folder.path })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('ping is off'),
    })
    expect(await runCommand(['validate'], { cwd: folder.path })).toMatchObject({ code: 1 })
    expect(await served.stop('SIGTERM')).toEqual({ code: 0, signal: null })
  })

  test('goes on in spite of a variable that names no option', async () => {
    const port = await freePort()
    const env = { GATEWAY_LOG_LEVLE: 'DEBUG', GATEWAY_ENTRYPOINTS_WEB_ADDRESS: `127.0.0.1:${port}` }
    await using served = await startCommand(['serve', '--workers=1'], { env, ready: /routers +0 live/ })
    expect(served.stdout).toMatch(/ignored: unknown key "levle" in log; did you mean "level"\?.*GATEWAY_LOG_LEVLE/)
  })

  for (const { signal, code } of [
    { signal: 'SIGTERM', code: 143 },
    { signal: 'SIGINT', code: 130 },
  ] as const) {
    test(`ends at once with ${code} at a second ${signal}`, async () => {
      const entryPoint = '--entryPoints.web'
      const args = [
        `${entryPoint}.address=127.0.0.1:${await freePort()}`,
        `${entryPoint}.transport.lifeCycle.requestAcceptGraceTimeout=60s`,
        '--workers=1',
      ]
      await using served = await startCommand(args, { ready: /routers +0 live/ })
      process.kill(served.pid, signal)
      await served.printed(/stopping/)
      // What comes right behind the first signal is its echo.
      const insist = setInterval(() => process.kill(served.pid, signal), 300)
      expect(await served.exited).toEqual({ code, signal: null })
      clearInterval(insist)
    })
  }

  test('ends with 3 and one sentence where a port is in use', async () => {
    const taken = createServer()
    await once(taken.listen(0, '127.0.0.1'), 'listening')
    const { port } = taken.address() as AddressInfo
    const { code, stderr } = await runCommand(['serve', `--entryPoints.web.address=127.0.0.1:${port}`])
    await once(taken.close(), 'close')
    expect(stderr).toMatch(new RegExp(`^error: [^\\n]*\`web\`[^\\n]*${port} is in use[^\\n]*\\n$`))
    expect(code).toBe(3)
  })

  const refused: readonly { why: string; file: string; code: number; says: string }[] = [
    { why: 'its file is broken', file: 'entryPoints: [\n', code: 3, says: 'gateway.yml:' },
    { why: 'a value of its file is wrong', file: 'log:\n  level: LOUD\n', code: 1, says: 'gateway.yml:2:10' },
    { why: 'a type in its file is wrong', file: 'entryPoints: 80\n', code: 1, says: 'gateway.yml:1:14' },
    { why: 'an address is none', file: 'entryPoints:\n  web:\n    address: here\n', code: 1, says: 'gateway.yml:3:14' },
    { why: 'a provider is not installed', file: 'providers:\n  nomad: {}\n', code: 1, says: 'gateway.yml:2:3' },
    {
      why: 'a value beside an unknown key is wrong',
      file: 'entryPoints:\n  web:\n    address: ":0"\n    x: y\n  b:\n    address: here\n',
      code: 1,
      says: 'gateway.yml:6:14',
    },
    {
      why: 'an unknown key leaves no entry point',
      file: 'entryPoints:\n  web:\n    adress: ":0"\nping: {}\n',
      code: 1,
      says: 'entryPoints.web is off: unknown key "adress" in entryPoints.web; did you mean "address"?',
    },
  ]
  for (const { why, file, code, says } of refused) {
    test(`does not start where ${why}`, async () => {
      await using folder = await folderWith({ 'gateway.yml': file })
      const done = await runCommand(['serve'], { cwd: folder.path })
      expect(done.stderr).toContain(says)
      expect(done.stderr).toMatch(/\nerror: the gateway does not start, its configuration has 1 error\n$/)
      expect(done.stderr).not.toMatch(/^\s+at /m)
      expect(done).toMatchObject({ code, stdout: '' })
    })
  }
})
