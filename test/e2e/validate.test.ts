import { describe, expect, test } from 'vitest'
import { folderWith, ROUTES, runCommand, STATIC } from '../harness/command-line.ts'

describe('validate', () => {
  const router = (lines: string): string => `http:\n  routers:\n    app:\n${lines}`
  const mistakes: readonly { why: string; routes: string; at: string; says: string }[] = [
    {
      why: 'a misspelt key',
      routes: router('      rul: Host(`a`)\n'),
      at: '4:7',
      says: 'unknown key "rul" in http.routers.app; did you mean "rule"?',
    },
    { why: 'a wrong type', routes: ROUTES.replace(/servers:[\s\S]*/, 'servers: 12\n'), at: '9:18', says: 'servers is 12' },
    { why: 'an unknown service', routes: ROUTES.replace('service: app', 'service: ap'), at: '5:16', says: 'did you mean "app"?' },
    {
      why: 'an unknown entry point',
      routes: router('      rule: Host(`a`)\n      entryPoints: [wbe]\n      service: noop@internal\n'),
      at: '5:21',
      says: 'did you mean "web"?',
    },
    {
      why: 'a bad rule',
      routes: router('      rule: Hots(`a`)\n      service: noop@internal\n'),
      at: '4:13',
      says: 'did you mean "Host"?',
    },
    {
      why: 'a key that stands twice',
      routes: router('      rule: Host(`a`)\n      rule: Host(`b`)\n'),
      at: '5:7',
      says: 'key "rule" stands twice',
    },
    {
      why: 'a bad duration',
      routes: 'http:\n  serversTransports:\n    t:\n      forwardingTimeouts:\n        dialTimeout: 3x\n',
      at: '5:22',
      says: 'dialTimeout is "3x"',
    },
    { why: 'broken syntax', routes: 'http:\n  routers: {\n', at: '', says: 'GTW_SYNTAX' },
  ]
  for (const { why, routes, at, says } of mistakes) {
    test(`shows the place of ${why} and what was meant`, async () => {
      await using folder = await folderWith({ 'gateway.yml': STATIC, 'routes.yml': routes })
      const { code, stdout, stderr } = await runCommand(['validate'], { cwd: folder.path })
      expect(stdout).toContain(`routes.yml:${at}`)
      expect(stdout).toContain(says)
      expect(stdout).toMatch(/^ *\| +\^+$/m)
      expect(stdout).toMatch(/\n\d+ errors?(, \d+ warnings?)? in 2 files \(\d+ ms\)\n$/)
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    })
  }

  test('says no more than a summary where all is well', async () => {
    await using folder = await folderWith({ 'gateway.yml': STATIC, 'routes.yml': ROUTES })
    const { code, stdout, stderr } = await runCommand(['validate'], { cwd: folder.path })
    expect(stdout).toMatch(/^ok: 1 router, 1 service in 2 files \(\d+ ms\)\n$/)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test('ends with 3 where a file of a provider cannot be read', async () => {
    await using folder = await folderWith({ 'gateway.yml': STATIC })
    const { code, stdout } = await runCommand(['validate'], { cwd: folder.path })
    expect(stdout).toContain('routes.yml')
    expect(code).toBe(3)
  })

  test('needs no file of its own', async () => {
    await using folder = await folderWith({ 'r.yml': ROUTES })
    const { code, stdout } = await runCommand(['validate', '--providers.file.filename=r.yml'], { cwd: folder.path })
    expect(stdout).toMatch(/^ok: 1 router, 1 service in 1 file /)
    expect(code).toBe(0)
  })

  const outcomes: readonly { why: string; routes: string; code: number; result: object }[] = [
    { why: 'where all is well', routes: ROUTES, code: 0, result: { ok: true, findings: [], elements: { routers: 1, services: 1 } } },
    {
      why: 'where something is wrong',
      routes: ROUTES.replace('rule:', 'rul:'),
      code: 1,
      result: {
        ok: false,
        findings: [{ code: 'GTW_UNKNOWN_KEY', suggestion: 'rule', source: { file: 'routes.yml', line: 4, column: 7 } }],
      },
    },
  ]
  for (const { why, routes, code, result } of outcomes) {
    test(`prints nothing but JSON for --json ${why}`, async () => {
      await using folder = await folderWith({ 'gateway.yml': STATIC, 'routes.yml': routes })
      const done = await runCommand(['validate', '--json'], { cwd: folder.path })
      expect(JSON.parse(done.stdout)).toMatchObject(result)
      expect(done).toMatchObject({ code, stderr: '' })
    })
  }

  test('prints nothing but JSON for --json where the file is missing', async () => {
    const done = await runCommand(['validate', '--json', '-c', '/no/such/file.yml'])
    expect(JSON.parse(done.stdout)).toEqual({ error: { message: expect.stringContaining('/no/such/file.yml'), exit: 3 } })
    expect(done).toMatchObject({ code: 3, stderr: '' })
  })
})
