import { constantFrom, jsonValue, nat, property, assert as prove, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { readDocument } from './document.ts'
import type { Path } from './finding.ts'
import type { ParsedDocument } from './parsed-document.ts'

function place(document: ParsedDocument, path: Path, at?: 'key' | 'value'): string {
  const source = document.locate(path, at)
  return source?.kind === 'file' ? `${source.line}:${source.column}` : 'nowhere'
}

function said(document: ParsedDocument): string[] {
  return document.findings.map(({ code, source }) => (source?.kind === 'file' ? `${code} ${source.line}:${source.column}` : code))
}

const yaml = `# A comment.
http:
  routers:
    app:
      rule: Host(\`a\`)
      entryPoints: [web, "web secure"]
      tls: {domains: [{main: a.x, "sans": [b.x]}]}
    "quoted key":
      rule: |
        Host(\`b\`)
      service:
  services:
    s:
      loadBalancer:
        servers:
          - url: http://a
          - {url: http://b}
`
const toml = `title = "x"
[http.routers.app]
rule = "Host(\`a\`)"
entryPoints = ["web", "b"]
tls.domains = [{ main = "a.x", sans = ["b.x"] }]
"quoted key" = 1
http.deep.er = true

[[http.services.s.loadBalancer.servers]]
url = "http://a"
[[http.services.s.loadBalancer.servers]]
url = "http://b"
[http.services.s.loadBalancer.servers.more]
x = 1
`
const json = `{
\t"http": {
\t\t"routers": {"app": {"rule": "Host", "list": [1, {"a\\u0062": null}]}}
\t}
}`

const places: [string, string, [Path, 'key' | 'value', string][]][] = [
  [
    'a.yml',
    yaml,
    [
      [['http'], 'key', '2:1'],
      [['http', 'routers', 'app'], 'key', '4:5'],
      [['http', 'routers', 'app'], 'value', '5:7'],
      [['http', 'routers', 'app', 'rule'], 'key', '5:7'],
      [['http', 'routers', 'app', 'rule'], 'value', '5:13'],
      [['HTTP', 'Routers', 'app', 'RULE'], 'value', '5:13'],
      [['http', 'routers', 'app', 'entryPoints', 1], 'value', '6:26'],
      [['http', 'routers', 'app', 'tls', 'domains', 0, 'main'], 'key', '7:24'],
      [['http', 'routers', 'app', 'tls', 'domains', 0, 'sans'], 'key', '7:35'],
      [['http', 'routers', 'app', 'tls', 'domains', 0, 'sans', 0], 'value', '7:44'],
      [['http', 'routers', 'quoted key'], 'key', '8:5'],
      [['http', 'routers', 'quoted key', 'rule'], 'value', '9:13'],
      [['http', 'routers', 'quoted key', 'service'], 'value', '11:7'],
      [['http', 'routers', 'app', 'missing'], 'value', '4:5'],
      [['http', 'routers', 'app', 'rule', 0], 'value', '5:13'],
      [['http', 'services', 's', 'loadBalancer', 'servers', 0, 'url'], 'key', '16:13'],
      [['http', 'services', 's', 'loadBalancer', 'servers', 1, 'url'], 'value', '17:19'],
      [['nothing'], 'value', '2:1'],
    ],
  ],
  [
    'a.toml',
    toml,
    [
      [['title'], 'value', '1:9'],
      [['http', 'routers', 'app'], 'key', '2:15'],
      [['http', 'routers', 'app', 'Rule'], 'value', '3:8'],
      [['http', 'routers', 'app', 'entryPoints', 1], 'value', '4:23'],
      [['http', 'routers', 'app', 'tls'], 'key', '5:1'],
      [['http', 'routers', 'app', 'tls', 'domains'], 'key', '5:5'],
      [['http', 'routers', 'app', 'tls', 'domains', 0, 'sans', 0], 'value', '5:40'],
      [['http', 'routers', 'app', 'quoted key'], 'key', '6:1'],
      [['http', 'routers', 'app', 'http', 'deep', 'er'], 'key', '7:11'],
      [['http', 'services', 's', 'loadBalancer', 'servers'], 'key', '9:32'],
      [['http', 'services', 's', 'loadBalancer', 'servers', 0, 'url'], 'key', '10:1'],
      [['http', 'services', 's', 'loadBalancer', 'servers', 1], 'key', '11:3'],
      [['http', 'services', 's', 'loadBalancer', 'servers', 1, 'url'], 'value', '12:7'],
      [['http', 'services', 's', 'loadBalancer', 'servers', 1, 'more', 'x'], 'value', '14:5'],
    ],
  ],
  [
    'a.json',
    json,
    [
      [['http'], 'key', '2:2'],
      [['http'], 'value', '2:10'],
      [['http', 'routers', 'app', 'rule'], 'value', '3:31'],
      [['http', 'routers', 'app', 'list', 0], 'value', '3:48'],
      [['http', 'routers', 'app', 'list', 1, 'ab'], 'key', '3:52'],
    ],
  ],
]
for (const [file, text, expected] of places) {
  test(`every key and value of ${file} has its place`, () => {
    const document = readDocument(text, file)
    expect(document.findings).toEqual([])
    expect(expected.map(([path, at]) => [path, at, place(document, path, at)])).toEqual(expected)
  })
}

test('YAML, TOML and JSON give plain trees', () => {
  expect(readDocument(yaml, 'a.yaml').value).toMatchObject({
    http: {
      routers: { app: { tls: { domains: [{ main: 'a.x', sans: ['b.x'] }] } }, 'quoted key': { rule: 'Host(`b`)\n', service: null } },
    },
  })
  expect(readDocument(toml, 'A.TOML').value).toMatchObject({
    http: {
      routers: { app: { 'quoted key': 1, http: { deep: { er: true } } } },
      services: { s: { loadBalancer: { servers: [{ url: 'http://a' }, { url: 'http://b', more: { x: 1 } }] } } },
    },
  })
  expect(readDocument(json, 'a.json').value).toEqual({ http: { routers: { app: { rule: 'Host', list: [1, { ab: null }] } } } })
})

const values: [string, string, string, unknown][] = [
  ['an empty YAML document is an empty object', 'a.yml', '', {}],
  ['so is one of comments', 'a.yml', '# nothing\n---\n', {}],
  ['so is an empty TOML document', 'a.toml', '\n', {}],
  ['so is an empty JSON document', 'a.json', ' \n', {}],
  ['a byte order mark is skipped', 'a.yml', '\uFEFFa: 1', { a: 1 }],
  ['a byte order mark is skipped in JSON', 'a.json', '\uFEFF{"a": 1}', { a: 1 }],
  ['line ends may be those of Windows', 'a.yml', 'a: 1\r\nb: c\r\n', { a: 1, b: 'c' }],
  [
    'words are only those of the core schema',
    'a.yml',
    'a: yes\nb: 2001-01-01\nc: 0o17\nd: ~',
    { a: 'yes', b: '2001-01-01', c: 15, d: null },
  ],
  ['keys are texts as they were written', 'a.yml', '8080: a\n1.0: b\ntrue: c', { 8080: 'a', '1.0': 'b', true: 'c' }],
  ['large integers stay exact in YAML', 'a.yml', 'a: 9223372036854775807', { a: 9223372036854775807n }],
  ['large integers stay exact in TOML', 'a.toml', 'a = 9223372036854775807', { a: 9223372036854775807n }],
  ['large integers stay exact in JSON', 'a.json', '{"a": 9223372036854775807}', { a: 9223372036854775807n }],
  ['dates of TOML are texts', 'a.toml', 'a = 1979-05-27T07:32:00Z\nb = 07:32:00', { a: '1979-05-27T07:32:00Z', b: '07:32:00' }],
  ['aliases are written out', 'a.yml', 'a: &x [1]\nb: *x\nc: {d: *x}', { a: [1], b: [1], c: { d: [1] } }],
  [
    'merge keys are merged, the nearer wins',
    'a.yml',
    'a: &a {x: 1, y: 2}\nb: &b {x: 3, z: 4}\nc: {<<: [*b, *a], z: 5}',
    {
      a: { x: 1, y: 2 },
      b: { x: 3, z: 4 },
      c: { x: 3, y: 2, z: 5 },
    },
  ],
  ['a merge key in quotes is a key', 'a.yml', '"<<": {a: 1}', { '<<': { a: 1 } }],
  ['a default rule may hold a template', 'a.yml', 'defaultRule: "Host(`{{ .Name }}`)"', { defaultRule: 'Host(`{{ .Name }}`)' }],
  ['a template in a comment is no matter', 'a.yml', 'a: 1 # {{ .x }}', { a: 1 }],
]
for (const [why, file, text, value] of values) {
  test(`${why}`, () => {
    expect(readDocument(text, file)).toMatchObject({ findings: [], value })
    expect(readDocument(text, file).value).toEqual(value)
  })
}

const faults: [string, string, string, string[]][] = [
  ['a broken flow in YAML', 'a.yml', 'a: [1\nb: 2\n', ['GTW_SYNTAX 2:1']],
  ['a tab as indentation in YAML', 'a.yml', 'a:\n\tb: 1\n', ['GTW_SYNTAX 2:1']],
  ['a second document', 'a.yml', 'a: 1\n---\nb: 2\n', ['GTW_SYNTAX 2:1']],
  ['a tag', 'a.yml', 'a: !env X\n', ['GTW_SYNTAX 1:4']],
  ['an alias without an anchor', 'a.yml', 'a: *x\n', ['GTW_SYNTAX 1:4']],
  ['an alias of what it stands in', 'a.yml', 'a: &x [*x]\n', ['GTW_SYNTAX 1:8']],
  ['a key that is no text', 'a.yml', 'a:\n  ? [b]\n  : c\n', ['GTW_SYNTAX 2:5']],
  ['a merge of no mapping', 'a.yml', 'a: {<<: 1}\n', ['GTW_SYNTAX 1:9']],
  ['a key twice in YAML', 'a.yml', 'a: 1\nb:\n  c: 1\n  c: 2\n', ['GTW_DUPLICATE_KEY 4:3']],
  ['a key twice, once as a number', 'a.yml', '1: a\n"1": b\n', ['GTW_DUPLICATE_KEY 2:1']],
  ['a key twice in TOML', 'a.toml', '[a]\nb = 1\nb = 2\n', ['GTW_DUPLICATE_KEY 3:1']],
  ['a table twice in TOML', 'a.toml', '[a]\n[b]\n[a]\n', ['GTW_DUPLICATE_KEY 3:2']],
  ['a key twice in JSON', 'a.json', '{"a": 1,\n "a": 2}', ['GTW_DUPLICATE_KEY 2:2']],
  ['no value in TOML', 'a.toml', 'a =\n\n', ['GTW_SYNTAX 1:4']],
  ['a comma too many in JSON', 'a.json', '{"a": 1,\n}', ['GTW_SYNTAX 2:1']],
  ['a comma too many in a list', 'a.json', '[1, 2, ]', ['GTW_SYNTAX 1:8']],
  ['a JSON document that ends', 'a.json', '{"a": [1', ['GTW_SYNTAX 1:9']],
  ['a JSON text with an unknown escape', 'a.json', '{"a": "\\x"}', ['GTW_SYNTAX 1:7']],
  ['a comment in JSON', 'a.json', '{"a": 1} // b', ['GTW_SYNTAX 1:10']],
  ['an unknown extension', 'a.txt', 'a: 1', ['GTW_UNREADABLE 1:1']],
  ['more than 16 MiB', 'a.yml', `a: ${'x'.repeat(17 * 1024 * 1024)}`, ['GTW_UNREADABLE 1:1']],
  ['a template that breaks the syntax', 'a.yml', 'a: 1\n{{ range . }}\nb: {{ .c }}\n{{ end }}\n', ['GTW_TEMPLATE 2:1']],
  ['a template in TOML', 'a.toml', 'a = {{ .b }}\n', ['GTW_TEMPLATE 1:5']],
  ['more aliases than 100', 'a.yml', `a: &x 1\nb: [${'*x,'.repeat(101)}]\n`, ['GTW_SYNTAX 2:305']],
  ['nested flows', 'a.yml', `a: ${'['.repeat(40)}${']'.repeat(40)}`, ['GTW_SYNTAX 1:36']],
  ['nested flows without end', 'a.json', '['.repeat(100_000), ['GTW_SYNTAX 1:34']],
  ['nested arrays of TOML', 'a.toml', `a = ${'['.repeat(40)}${']'.repeat(40)}`, ['GTW_SYNTAX 1:36']],
]
for (const [why, file, text, expected] of faults) {
  test(`${why} is a finding with its place, and no value`, () => {
    const document = readDocument(text, file)
    expect(said(document)).toEqual(expected)
    expect(document.value).toBeUndefined()
    expect(place(document, ['a'])).toBe('1:1')
  })
}

test('lines count alike whatever ends them', () => {
  expect(place(readDocument('a: 1\r\nb:\r\n  c: 2\r\n', 'a.yml'), ['b', 'c'], 'key')).toBe('3:3')
  expect(place(readDocument('a = 1\r\n[b]\r\nc = 2\r\n', 'a.toml'), ['b', 'c'], 'key')).toBe('3:1')
  expect(place(readDocument('{"a": 1,\r\n "b": 2}', 'a.json'), ['b'], 'key')).toBe('2:2')
})

test('a template in a text or a key is a finding, and tells what to do instead', () => {
  const document = readDocument('a: "{{ .b }}"\n"{{c}}": 1\nd: {{ .e }}\n', 'a.yml')
  expect(said(document)).toEqual(['GTW_TEMPLATE 3:4', 'GTW_TEMPLATE 1:4', 'GTW_TEMPLATE 2:1'])
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the syntax that the reader should write.
  expect(document.findings[0]?.hint).toContain('${env:NAME}')
})

test('aliases of aliases do not grow without bound', () => {
  const levels = Array.from({ length: 30 }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]`)
  expect(said(readDocument(`a0: &a0 x\n${levels.join('\n')}`, 'a.yml'))).toEqual(['GTW_SYNTAX 6:15'])
})

test('nesting that would exhaust the stack is a finding', () => {
  for (const file of ['a.yml', 'a.toml']) {
    const { value, findings } = readDocument(`${file === 'a.toml' ? 'a = ' : ''}${'['.repeat(200_000)}`, file)
    expect(value).toBeUndefined()
    expect(findings[0]?.code).toBe('GTW_SYNTAX')
  }
})

test('a key that would set a prototype is dropped with a finding', () => {
  const texts: [string, string, string][] = [
    ['a.yml', 'a:\n  __proto__: {polluted: 1}\n', 'GTW_UNKNOWN_KEY 2:3'],
    ['a.json', '{"a": {"__proto__": {"polluted": 1}}}', 'GTW_UNKNOWN_KEY 1:8'],
    ['a.toml', '[a]\n__proto__.polluted = 1\n', 'GTW_UNKNOWN_KEY 2:1'],
    ['b.toml', '[a.__proto__]\npolluted = 1\n', 'GTW_UNKNOWN_KEY 1:4'],
    ['c.toml', 'a = { __proto__ = { polluted = 1 } }\n', 'GTW_UNKNOWN_KEY 1:7'],
  ]
  for (const [file, text, finding] of texts) {
    const document = readDocument(text, file)
    expect(said(document)).toEqual([finding])
    const { a } = document.value as { a: object }
    expect(Object.getPrototypeOf(a)).toBe(Object.prototype)
    expect(Object.keys(a)).toEqual([])
  }
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
})

test('a JSON document is judged as the platform judges it', () => {
  const slip = tuple(nat(), constantFrom('', '{', '}', '[', ']', ',', ':', '"', '\\', '0', '-', '.', 'e', 't', ' ', '\n', '\u0001'))
  prove(
    property(jsonValue({ maxDepth: 4 }), slip, (value, [at, insert]) => {
      const right = JSON.stringify(value, undefined, 1)
      const index = at % (right.length + 1)
      for (const text of [right, right.slice(0, index) + insert + right.slice(index + 1)]) {
        const { value: read, findings } = readDocument(text, 'a.json')
        const known = findings.every(({ code }) => code === 'GTW_SYNTAX')
        if (known && text.trim() !== '') expect({ text, read: bare(read) }).toEqual({ text, read: bare(platform(text)) })
      }
    }),
  )
})

function platform(text: string): unknown {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return undefined
  }
}

function bare(value: unknown): unknown {
  if (value === undefined) return 'refused'
  return JSON.parse(JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? Number(one) : one)))
}
