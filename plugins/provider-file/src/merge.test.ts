import type { ProviderMessage } from 'gateway/provider'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { load } from '../test/start.ts'

/** Reads files as one folder; `#` in expectations stands for that folder. */
async function read(files: Record<string, string>): Promise<ProviderMessage & { readonly findings: readonly unknown[] }> {
  await using folder = await temporaryFolder()
  for (const [name, content] of Object.entries(files)) await folder.write(name, content)
  const message = await load({ directory: folder.path })
  const strip = (_key: string, value: unknown) => (typeof value === 'string' ? value.replaceAll(`${folder.path}/`, '#') : value)
  const findings = JSON.parse(JSON.stringify(message.findings ?? [], strip))
  const locate: ProviderMessage['locate'] = (path) => JSON.parse(JSON.stringify(message.locate?.(path) ?? null, strip)) ?? undefined
  return { configuration: message.configuration, findings, locate }
}

const cases = [
  {
    why: 'elements of one collection come from several files',
    files: { 'a.yml': 'http: { routers: { a: { rule: x } } }', 'b.toml': '[http.routers.b]\nrule = "y"' },
    configuration: { http: { routers: { a: { rule: 'x' }, b: { rule: 'y' } } } },
  },
  {
    why: 'sections and collections are matched without case, names with it',
    files: { 'a.yml': 'http: { routers: { a: { rule: x } } }', 'b.yml': 'HTTP: { Routers: { A: { rule: y } } }' },
    configuration: { http: { routers: { a: { rule: 'x' }, A: { rule: 'y' } } } },
  },
  {
    why: 'tcp, udp and tls are joined like http',
    files: {
      'a.yml': 'tcp: { services: { a: {} } }\nudp: { routers: { a: {} } }\ntls: { options: { a: {} } }',
      'b.yml': 'tcp: { services: { b: {} } }\nudp: { routers: { b: {} } }\ntls: { options: { b: {} } }',
    },
    configuration: { tcp: { services: { a: {}, b: {} } }, udp: { routers: { a: {}, b: {} } }, tls: { options: { a: {}, b: {} } } },
  },
  {
    why: 'lists are joined, and equal items stand once',
    files: {
      'a.yml': 'tls: { certificates: [{ certFile: a }, { certFile: b }] }',
      'b.yml': 'tls: { certificates: [{ certFile: b }, { certFile: c }] }',
    },
    configuration: { tls: { certificates: [{ certFile: 'a' }, { certFile: 'b' }, { certFile: 'c' }] } },
  },
  {
    why: 'an unknown root key stays for the check to report',
    files: { 'a.yml': 'htpp: { routers: { a: {} } }\nversion: 3', 'b.yml': 'http: { routers: { b: {} } }' },
    configuration: { htpp: { routers: { a: {} } }, version: 3, http: { routers: { b: {} } } },
  },
  {
    why: 'an empty section says nothing',
    files: { 'a.yml': 'http:\ntcp: { routers: }', 'b.yml': 'http: { routers: { b: {} } }' },
    configuration: { tcp: {}, http: { routers: { b: {} } } },
  },
  {
    why: 'an empty file, and one of comments, contribute nothing',
    files: { 'a.yml': '', 'b.yml': '# Later.\n', 'c.yml': '---\n', 'd.toml': '# Later.\n', 'e.yml': 'http: { routers: { e: {} } }' },
    configuration: { http: { routers: { e: {} } } },
  },
]
for (const { why, files, configuration } of cases) {
  test(why, async () => {
    const message = await read(files)
    expect(message.configuration).toEqual(configuration)
    expect(message.findings).toEqual([])
  })
}

test('of one name the first file wins, and a warning names both places', async () => {
  const { configuration, findings } = await read({
    'a.yml': 'http:\n  routers:\n    shop: { rule: first }\n',
    'b.yml': 'http:\n  routers:\n\n      shop: { rule: second }\n',
    'c.yml': 'http: { routers: { shop: { rule: third } } }',
  })
  expect(configuration).toEqual({ http: { routers: { shop: { rule: 'first' } } } })
  const second = { code: 'GTW_CONFLICT', severity: 'warning', path: 'http.routers.shop', source: { file: '#b.yml', line: 4, column: 7 } }
  expect(findings).toMatchObject([second, { source: { file: '#c.yml', line: 1 } }])
  expect(findings).toMatchObject([{ message: expect.stringContaining('#a.yml:3:5') }, { message: expect.stringContaining('#a.yml:3:5') }])
})

for (const wrong of ['http: 5', 'http: [5]', 'http: { routers: 5 }', 'http: { routers: [5] }']) {
  for (const [first, second] of [
    ['a.yml', 'b.yml'],
    ['b.yml', 'a.yml'],
  ] as const) {
    test(`"${wrong}" in ${first} does not push out the routers of ${second}`, async () => {
      const message = await read({ [first]: wrong, [second]: 'http: { routers: { shop: { rule: x } } }' })
      expect(message.configuration).toEqual({ http: { routers: { shop: { rule: 'x' } } } })
      expect(message.findings).toMatchObject([{ code: 'GTW_WRONG_TYPE', severity: 'error', source: { file: `#${first}` } }])
    })
  }
}

test('every place is found in the file that it came from', async () => {
  const { locate } = await read({
    'a.yml': 'http:\n  routers:\n    a:\n      entryPoints: [web, other]\ntls:\n  certificates:\n    - certFile: a\n',
    'b.yml': 'HTTP:\n  Routers:\n    b: { rule: x }\n\ntls:\n  certificates:\n    - certFile: a\n    - certFile: b\n',
  })
  const lines = [
    { path: ['http', 'routers', 'a', 'entryPoints', 1], file: '#a.yml', line: 4 },
    { path: ['http', 'routers', 'b', 'rule'], file: '#b.yml', line: 3 },
    { path: ['tls', 'certificates', 0, 'certFile'], file: '#a.yml', line: 7 },
    { path: ['tls', 'certificates', 1, 'certFile'], file: '#b.yml', line: 8 },
  ]
  for (const { path, file, line } of lines) expect(locate?.(path)).toMatchObject({ file, line })
  expect(locate?.(['nowhere'])).toBeUndefined()
})

test('a name out of the prototype chain is a name like any other, or a finding', async () => {
  const { configuration } = await read({ 'a.json': '{"http":{"routers":{"__proto__":{"rule":"x"},"toString":{"rule":"y"}}}}' })
  expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  expect(({} as Record<string, unknown>).rule).toBeUndefined()
  expect(configuration).toBeTypeOf('object')
})
