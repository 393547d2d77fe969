import { describe, expect, test } from 'vitest'
import { folderWith, ROUTES, runCommand, STATIC } from '../harness/command-line.ts'

describe('config-dump', () => {
  test('names the source of every value and what it overrides', async () => {
    await using folder = await folderWith({ 'gateway.yml': `log:\n  level: WARN\n${STATIC}`, 'routes.yml': ROUTES })
    const options = { cwd: folder.path, env: { GATEWAY_LOG_LEVEL: 'DEBUG', GATEWAY_LOG_FORMAT: 'json' } }
    const { code, stdout, stderr } = await runCommand(['config-dump', '--provenance', '--log.format=common'], options)
    expect(stdout).toMatch(/^ {4}level: DEBUG # ← env GATEWAY_LOG_LEVEL \(overrides gateway\.yml:2:10\)$/m)
    expect(stdout).toMatch(/^ {4}format: common # ← flag --log\.format \(overrides env GATEWAY_LOG_FORMAT\)$/m)
    expect(stdout).toMatch(/^ {4}noColor: false # ← default$/m)
    expect(stdout).toMatch(/^ {6}address: 127\.0\.0\.1:0 # ← gateway\.yml:5:14$/m)
    expect(stdout).toMatch(/^ {8}rule: Host\(`app\.localhost`\) # ← routes\.yml:4:13$/m)
    expect(stdout.split('\n').filter((line) => /: \S/.test(line) && !line.includes(' # ← '))).toEqual([])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test('never shows credentials', async () => {
    await using folder = await folderWith({ 'gateway.yml': STATIC, 'routes.yml': ROUTES })
    for (const flags of [[], ['--json'], ['--provenance'], ['http.services.app']]) {
      const { stdout } = await runCommand(['config-dump', ...flags], { cwd: folder.path })
      expect(stdout).toContain('127.0.0.1:9')
      expect(stdout).not.toContain('hunter2')
    }
  })

  const parts: readonly { why: string; args: readonly string[]; code: number; stdout?: RegExp; stderr?: RegExp }[] = [
    { why: 'a part', args: ['http.routers.app'], code: 0, stdout: /^rule: Host\(`app\.localhost`\)\n/ },
    { why: 'a part of the static configuration', args: ['entryPoints.web'], code: 0, stdout: /^address: 127\.0\.0\.1:0\n/ },
    { why: 'a single value', args: ['entrypoints.WEB.address'], code: 0, stdout: /^127\.0\.0\.1:0\n$/ },
    { why: 'an item of a list', args: ['http.services.app@file.loadBalancer.servers[0].url'], code: 0, stdout: /127\.0\.0\.1:9\n$/ },
    { why: 'a value that is false', args: ['log.noColor', '--json'], code: 0, stdout: /^\{\n {2}"configuration": false\n\}\n$/ },
    {
      why: 'nothing, and says what is near',
      args: ['http.routers.ap'],
      code: 2,
      stderr: /no part `http\.routers\.ap`; did you mean `dynamic\.http\.routers\.app`\?/,
    },
  ]
  for (const { why, args, code, stdout = /^$/, stderr = /^$/ } of parts) {
    test(`prints ${why}: ${args.join(' ')}`, async () => {
      await using folder = await folderWith({ 'gateway.yml': STATIC, 'routes.yml': ROUTES })
      const done = await runCommand(['config-dump', ...args], { cwd: folder.path })
      expect(done.stdout).toMatch(stdout)
      expect(done.stderr).toMatch(stderr)
      expect(done.code).toBe(code)
    })
  }

  test('prints a map of sources as JSON', async () => {
    await using folder = await folderWith({ 'gateway.yml': STATIC, 'routes.yml': ROUTES })
    const { stdout } = await runCommand(['config-dump', '--json', '--provenance', 'entryPoints.web'], { cwd: folder.path })
    expect(JSON.parse(stdout)).toMatchObject({
      configuration: { address: '127.0.0.1:0' },
      provenance: { 'static.entryPoints.web.address': 'gateway.yml:3:14', 'static.entryPoints.web.asDefault': 'default' },
    })
  })

  test('prints what there is beside what is wrong', async () => {
    await using folder = await folderWith({ 'gateway.yml': STATIC, 'routes.yml': ROUTES.replace('rule:', 'rul:') })
    const { code, stdout, stderr } = await runCommand(['config-dump', 'http.services'], { cwd: folder.path })
    expect(stdout).toMatch(/^app@file:\n/)
    expect(stderr).toContain('routes.yml:4:7')
    expect(code).toBe(1)
  })
})
