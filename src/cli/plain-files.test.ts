import { array, constantFrom, property, assert as prove, string, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDocument } from '../findings/document.ts'
import { plainJson } from './plain-json.ts'
import { plainToml } from './plain-toml.ts'
import { plainYaml } from './plain-yaml.ts'

interface Language {
  readonly file: string
  readonly plain: (text: string) => unknown
  /** What it must read. */
  readonly reads: readonly string[]
  /** What it must leave to the parser. */
  readonly leaves: readonly string[]
}

const YAML = `---
# top
log: { level: DEBUG, format: "json" } # here

entryPoints:
  web:
    address: ":80"
    asDefault: true
    http:
      middlewares:
        - a@file
        - "b c"
    forwardedHeaders:
      trustedIPs: ["10.0.0.0/8", 192.168.0.0/16]
  admin: { address: 127.0.0.1:9000, transport: { lifeCycle: { graceTimeOut: 10s } } }
providers:
  precedence:
  - file
  - docker
  file:
    directory: /etc/gateway
    pollInterval: 5
ping:
  entryPoint: 'admin'
none:
`

const TOML = `# top
[log] # here
level = "DEBUG"
  [entryPoints.web]
  address = ':80'
  asDefault = true
[entryPoints.web.http]
middlewares = ["a@file", "b c"]
[entryPoints]
admin = { address = "127.0.0.1:9000", transport = { lifeCycle = { graceTimeOut = 10 } } }
[ping]
`

const JSON_TEXT = JSON.stringify(
  { log: { level: 'a": b' }, entryPoints: { web: { address: ':80', list: [1, 2.5, null, { a: false }] } }, ping: {} },
  null,
  1,
)

const languages: readonly Language[] = [
  {
    file: 'a.yml',
    plain: plainYaml,
    reads: [YAML, YAML.replaceAll('\n', '\r\n'), '', 'a: ::1\n', 'a: 1.2.3\n', 'a: 007s\n', 'a: -\n'.replace('-', 'x')],
    leaves: [
      ...['a: &b c', 'a: *b', 'a: !x b', 'a: |\n  b', 'a: >-\n  b', 'a: b\n  c', 'a:\n  b', 'a: "b\\n"', 'a: "b\n  c"', '<<: {}', 'a: b c'],
      ...['a: 1.5', 'a: 1e3', 'a: 0x1f', 'a: 0o7', 'a: 007', 'a: .inf', 'a: .nan', 'a: ~', 'a: True', 'a: NULL', 'true: a', 'a: b:'],
      ...['a: b\na: c', 'a: {b: 1, b: 2}', '- a', 'a:\n- b: c', 'a: [b: c]', 'a: {b}', 'a:b', '"a": b', 'a: ]', 'a: [b', 'a: {b: c} d'],
      ...[
        'a: 1\n---\nb: 1',
        'a:\n\tb: c',
        'a: 1\rb: 2',
        'a:\n    b: 1\n  c: 2',
        'a:\n    b:\n  - c',
        '%YAML 1.2\n---\na: b',
        '__proto__: a',
      ],
      `a: ${'['.repeat(40)}${']'.repeat(40)}`,
    ],
  },
  {
    file: 'a.toml',
    plain: plainToml,
    reads: [TOML, TOML.replaceAll('\n', '\r\n'), '', '[a.b]\n[a]\nc = 1\n', 'a = {}\n'],
    leaves: [
      ...['a.b = 1', '[[a]]', '["a"]', '"a" = 1', 'a = "b\\n"', 'a = """b"""', "a = '''b'''", 'a = 1.5', 'a = 1_000', 'a = 0x1f', 'a = 01'],
      ...[
        'a = 1979-05-27',
        'a = inf',
        'a = [\n1]',
        'a = 1\na = 2',
        '[a]\n[a]',
        'a = {}\n[a]',
        'a = {b = {}}\n[a.b]',
        'a = 1\n[a.b]',
        '[a.b]\n[a]\nb = 1',
      ],
      ...['a = {b = 1,}', 'a = b', 'a =', 'a', '= 1', 'a = 1 2', '__proto__ = 1', '[__proto__]', 'a = 1\rb = 2', 'a = 1 # \u0001'],
    ],
  },
  {
    file: 'a.json',
    plain: plainJson,
    reads: [JSON_TEXT, '{}', ' {"a" : {"b":"c:\\"d\\": "}}\n'],
    leaves: [
      '',
      '[]',
      '1',
      '{"a":1,"a":2}',
      '{"a":{"b":1},"c":{"d":1,"d":1}}',
      '{"a":12345678901234567890}',
      '{"__proto__":1}',
      '{"a":1,}',
      '\uFEFF{}',
    ],
  },
]

for (const { file, plain, reads, leaves } of languages) {
  describe(`a plain ${file}`, () => {
    const says = (text: string): unknown => readDocument(text, file).value

    for (const text of reads) {
      test(`is read as the parser reads it: ${JSON.stringify(text.slice(0, 60))}`, () => {
        expect(plain(text)).toEqual(says(text))
        expect(plain(text)).toBeDefined()
      })
    }

    for (const text of leaves) {
      test(`is not ${JSON.stringify(text.slice(0, 60))}`, () => {
        expect(plain(text)).toBeUndefined()
      })
    }

    test('never means something else, whatever is changed in it', () => {
      const [whole = ''] = reads
      const piece = constantFrom(
        ...Array.from('{}[]:,=#"\'\\-.&*|>!%@ \n\r\t0e_~'),
        'true',
        'null',
        '  ',
        '- ',
        ': ',
        'a: b\n',
        'a = 1\n',
        '[a]\n',
      )
      const change = tuple(
        string({ maxLength: 1 }).chain(() => piece),
        constantFrom(...whole.split('').keys()),
        constantFrom(0, 1, 2, 8),
      )
      prove(
        property(array(change, { minLength: 1, maxLength: 3 }), (changes) => {
          const text = changes.reduce((at, [inserted, place, removed]) => at.slice(0, place) + inserted + at.slice(place + removed), whole)
          const read = plain(text)
          if (read !== undefined) expect(says(text)).toEqual(read)
        }),
        { numRuns: 3000 },
      )
    })
  })
}
