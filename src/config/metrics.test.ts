import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { disableElements } from './disable-elements.ts'
import { loadStatic } from './load.ts'

async function load(yaml: string) {
  await using folder = await temporaryFolder()
  await folder.write('gateway.yml', yaml)
  return await loadStatic({ argv: [], env: {}, cwd: folder.path, providers: [] })
}

test('metrics have the defaults of Traefik, on the internal entry point, which comes with them', async () => {
  const { configuration, findings } = await load('metrics: { prometheus: true }')
  expect(findings).toEqual([])
  expect(configuration.metrics).toEqual({
    addInternals: false,
    prometheus: {
      buckets: [0.1, 0.3, 1.2, 5],
      addEntryPointsLabels: true,
      addRoutersLabels: false,
      addServicesLabels: true,
      entryPoint: 'gateway',
      manualRouting: false,
    },
  })
  expect(Object.entries(configuration.entryPoints).map(([name, { address }]) => [name, address])).toEqual([
    ['http', ':80'],
    ['gateway', ':8080'],
  ])
})

const entryPoints = [
  {
    why: 'the one that Traefik has',
    yaml: 'metrics: { prometheus: {} }\nentryPoints: { traefik: { address: ":9" } }',
    on: 'traefik',
    names: ['traefik'],
  },
  {
    why: 'another one',
    yaml: 'metrics: { prometheus: { entryPoint: web } }\nentryPoints: { web: { address: ":9" } }',
    on: 'web',
    names: ['web'],
  },
  { why: 'none with manual routing', yaml: 'metrics: { prometheus: { manualRouting: true } }', on: 'gateway', names: ['http'] },
  { why: 'none without metrics', yaml: 'metrics: { addInternals: true }', on: undefined, names: ['http'] },
]

for (const { why, yaml, on, names } of entryPoints) {
  test(`where metrics are told: ${why}`, async () => {
    const { configuration, findings } = await load(yaml)
    expect(findings).toEqual([])
    expect(Object.keys(configuration.entryPoints)).toEqual(names)
    expect(configuration.metrics?.prometheus?.entryPoint).toBe(on)
  })
}

const wrong = [
  {
    why: 'an entry point that does not exist',
    yaml: 'entryPoint: wbe',
    finding: 'error GTW_UNKNOWN_ENTRY_POINT metrics.prometheus.entryPoint',
  },
  {
    why: 'a name that cannot be a label',
    yaml: 'headerLabels: { x-a: X-A }',
    finding: 'error GTW_BAD_VALUE metrics.prometheus.headerLabels.x-a',
  },
  {
    why: 'a label that is there already',
    yaml: 'headerLabels: { code: X-A }',
    finding: 'error GTW_BAD_VALUE metrics.prometheus.headerLabels.code',
  },
  { why: 'a bucket below 0', yaml: 'buckets: [-1, 1]', finding: 'error GTW_BAD_VALUE metrics.prometheus.buckets[0]' },
]

for (const { why, yaml, finding } of wrong) {
  test(`a finding says that it is wrong: ${why}`, async () => {
    const { findings } = await load(`entryPoints: { web: { address: ":80" } }\nmetrics: { prometheus: { ${yaml} } }`)
    expect(findings.map(({ severity, code, path }) => `${severity} ${code} ${path}`)).toEqual([finding])
  })
}

test('a misspelt option takes the metrics along, and the entry point that was there for them', async () => {
  const { configuration, findings } = disableElements(await load('metrics: { prometheus: { bukets: [1] } }'))
  expect(findings.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
    expect.stringMatching(/^warning metrics is off: .*bukets/),
  ])
  expect([configuration.metrics, Object.keys(configuration.entryPoints)]).toEqual([undefined, ['http']])
})

test('what an entry point does not observe yet is a finding with its name, and what is the default anyway is none', async () => {
  const { configuration, findings } = await load(
    'entryPoints: { web: { address: ":80", observability: { accessLogs: false, metrics: false, tracing: true, traceVerbosity: detailed } } }',
  )
  expect(findings.map(({ severity, code, path }) => `${severity} ${code} ${path}`)).toEqual([
    'warning GTW_UNSUPPORTED entryPoints.web.observability.accessLogs',
    'warning GTW_UNSUPPORTED entryPoints.web.observability.traceVerbosity',
  ])
  expect(configuration.entryPoints.web?.observability?.metrics).toBe(false)
})
