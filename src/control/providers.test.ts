import { expect, test } from 'vitest'
import { staticOf } from '../../test/harness/static.ts'
import { defineProvider } from '../provider/definition.ts'
import { object, string } from '../schema/index.ts'
import { discoverProviders, enabledProviders, loadProviders } from './providers.ts'

const definitionOf = (name: string, load?: () => Promise<{ configuration: unknown }>) =>
  defineProvider({
    name,
    options: object('x', { endpoint: string('e') }),
    provide: async () => {},
    ...(load === undefined ? {} : { load }),
  })

const plugin = (name: string) => ({ name })

test('the providers of all plugins are collected, whether a plugin offers one, several or none', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => definitionOf(name))
  const discovery = discoverProviders({
    successes: [
      { plugin: plugin('one'), result: a },
      { plugin: plugin('two'), result: [b, c] },
      { plugin: plugin('three'), result: undefined },
    ],
    failures: [],
  })
  const { definitions, findings, plugins, failures } = discovery
  expect({ definitions, findings, failures }).toEqual({ definitions: [a, b, c], findings: [], failures: [] })
  expect([...plugins].map(([provider, { name }]) => `${provider} of ${name}`)).toEqual(['a of one', 'b of two', 'c of two'])
})

test('a plugin that fails is reported by name and takes nothing with it', () => {
  const a = definitionOf('a')
  const { definitions, findings } = discoverProviders({
    successes: [{ plugin: plugin('good'), result: [a] }],
    failures: [{ plugin: plugin('bad'), error: new Error('no such module') }],
  })
  expect(definitions).toEqual([a])
  expect(findings).toEqual([
    { code: 'GTW_PROVIDER_FAILED', severity: 'error', message: 'the plugin "bad" cannot be loaded: no such module' },
  ])
})

test('a name that is taken already is reported with both plugins', () => {
  const first = definitionOf('docker')
  const { definitions, findings } = discoverProviders({
    successes: [
      { plugin: plugin('one'), result: first },
      { plugin: plugin('two'), result: definitionOf('docker') },
    ],
    failures: [],
  })
  expect(definitions).toEqual([first])
  expect(findings[0]?.message).toMatch(/plugin "two" .* the plugin "one" has one named "docker" already/)
})

const malformed: [string, unknown][] = [
  ['a text', 'docker'],
  ['no name', { options: object('x', {}), provide: async () => {} }],
  ['a name that cannot be a key', { ...definitionOf('a'), name: 'a@b' }],
  ['the name of the internal provider', definitionOf('internal')],
  ['no options', { name: 'a', provide: async () => {} }],
  ['no function', { name: 'a', options: object('x', {}) }],
]

for (const [what, result] of malformed) {
  test(`a plugin that offers ${what} is reported`, () => {
    const { definitions, findings } = discoverProviders({ successes: [{ plugin: plugin('bad'), result: [result] }], failures: [] })
    expect(definitions).toEqual([])
    expect(findings).toMatchObject([{ code: 'GTW_PROVIDER_FAILED', message: expect.stringContaining('the plugin "bad" offers') }])
  })
}

test('a provider is on when the static configuration has a section for it', () => {
  const definitions = ['a', 'b', 'toString'].map((name) => definitionOf(name))
  const configuration = staticOf({ providers: { b: { endpoint: 'x' } } }, definitions)
  expect(enabledProviders(definitions, configuration)).toEqual([{ definition: definitions[1], options: { endpoint: 'x' } }])
})

test('reading once collects what every provider says; one that fails is a finding', async () => {
  const definitions = [
    definitionOf('a', async () => ({ configuration: { http: { routers: { r: { rule: 'Path(`/`)', service: 's' } } } } })),
    definitionOf('b', async () => {
      throw new Error('no file')
    }),
    definitionOf('c'),
  ]
  const configuration = staticOf({ providers: { a: {}, b: {}, c: {} } }, definitions)
  const said = await loadProviders(enabledProviders(definitions, configuration), configuration)
  expect([...said.keys()]).toEqual(['internal', 'a', 'b', 'c'])
  expect(Object.keys(said.get('a')?.configuration.http.routers ?? {})).toEqual(['r'])
  expect(said.get('b')?.reported.map(({ finding }) => finding.message)).toEqual(['the provider "b" failed: no file'])
})
