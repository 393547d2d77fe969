import { expect, test } from 'vitest'
import { removedOptions, withoutRemoved, withoutRemovedEntries } from './removed.ts'

const rows = removedOptions(['file', 'docker', 'consul'])
const locate = () => undefined
const written = (path: string): unknown => path.split('.').reduceRight<unknown>((value, step) => ({ [step]: value }), { x: 1 })
const source = { kind: 'flag', flag: '--x' } as const

const cases = [
  { path: 'pilot', code: 'GTW_UNKNOWN_KEY', hint: 'has ended' },
  { path: 'providers.marathon', code: 'GTW_UNKNOWN_KEY', hint: 'another provider' },
  { path: 'providers.rancher', code: 'GTW_UNKNOWN_KEY', hint: 'kubernetesCRD' },
  { path: 'providers.docker.swarmMode', code: 'GTW_UNKNOWN_KEY', hint: 'providers.swarm' },
  { path: 'providers.docker.tls.caOptional', code: 'GTW_UNKNOWN_KEY', hint: 'leave it out' },
  { path: 'providers.consul.namespace', code: 'GTW_UNKNOWN_KEY', hint: 'providers.consul.namespaces' },
  { path: 'experimental.http3', code: 'GTW_UNKNOWN_KEY', hint: 'entryPoints.<name>.http3' },
  { path: 'tracing.jaeger', code: 'GTW_UNKNOWN_KEY', hint: 'tracing.otlp' },
  { path: 'tracing.spanNameLimit', code: 'GTW_UNKNOWN_KEY', hint: 'leave it out' },
  { path: 'http', code: 'GTW_UNKNOWN_KEY', hint: 'providers.file' },
  { path: 'providers.ecs', code: 'GTW_UNKNOWN_PROVIDER', hint: 'gateway plugins install' },
  { path: 'PROVIDERS.kubernetescrd', code: 'GTW_UNKNOWN_PROVIDER', hint: 'gateway plugins install' },
]

for (const { path, code, hint } of cases) {
  const finding = { code, severity: 'error', path, hint: expect.stringContaining(hint) }

  test(`${path} in a file is one finding that says what to do`, () => {
    const { tree, findings } = withoutRemoved(written(path), rows, locate)
    expect(findings).toMatchObject([finding])
    expect(JSON.stringify(tree)).not.toContain(`"${path.split('.').at(-1)}"`)
  })

  test(`${path} as two flags is one finding`, () => {
    const entries = ['x', 'y'].map((step) => ({ path: [...path.split('.'), step], value: '1', source }))
    const { entries: kept, findings } = withoutRemovedEntries(entries, rows)
    expect(kept).toEqual([])
    expect(findings).toMatchObject([{ ...finding, source }])
  })
}

for (const path of [
  'providers.file',
  'providers.docker.network',
  'providers.consul.namespaces',
  'experimental.http',
  'entryPoints.pilot',
]) {
  test(`${path} is left alone`, () => {
    expect(withoutRemoved(written(path), rows, locate)).toEqual({ tree: written(path), findings: [] })
  })
}
