import { expect, test } from 'vitest'
import { bindHosts } from './bind-hosts.ts'

const bind = (routers: Record<string, [rule: string, options: string, ...entryPoints: string[]]>, broken: readonly string[] = []) =>
  bindHosts(
    new Map(
      Object.entries(routers).map(([name, [rule, options, ...entryPoints]]) => [
        name,
        { rule, ruleSyntax: 'v3' as const, options, entryPoints: entryPoints.length > 0 ? entryPoints : ['web'] },
      ]),
    ),
    (name) => !broken.includes(name),
  )

test('every host that a rule names gets the options of its router, whatever stands around it', () => {
  const { hosts, conflicts } = bind({ a: ['(Host(`A.test`) || !Host(`b.test.`)) && PathPrefix(`/x`) || Host(`*.c.test`)', 'own'] })
  expect([hosts, conflicts]).toEqual([{ web: { 'a.test': 'own', 'b.test': 'own', '*.c.test': 'own' } }, []])
})

test('routers that agree are no conflict, nor are those of different entry points', () => {
  const { hosts, conflicts } = bind({ a: ['Host(`a.test`)', 'one'], b: ['Host(`a.test`)', 'one'], c: ['Host(`a.test`)', 'two', 'other'] })
  expect([hosts, conflicts]).toEqual([{ web: { 'a.test': 'one' }, other: { 'a.test': 'two' } }, []])
})

test('routers that want different options for a host all get the default ones, on that entry point only', () => {
  const { hosts, conflicts } = bind({
    a: ['Host(`a.test`)', 'one', 'web', 'other'],
    b: ['Host(`a.test`)', 'two'],
    c: ['Host(`a.test`)', 'default'],
  })
  expect(hosts).toEqual({ web: { 'a.test': 'default' }, other: { 'a.test': 'one' } })
  expect(conflicts).toEqual([
    { router: 'a', entryPoint: 'web', host: 'a.test' },
    { router: 'b', entryPoint: 'web', host: 'a.test' },
  ])
})

test('a fallback may lead to the next one', () => {
  const { hosts, conflicts } = bind({
    a: ['Host(`a.test`) || Host(`b.test`)', 'one'],
    b: ['Host(`b.test`)', 'one'],
    c: ['Host(`a.test`)', 'two'],
  })
  expect(hosts.web).toEqual({ 'a.test': 'default', 'b.test': 'default' })
  expect(conflicts.map(({ router }) => router).sort()).toEqual(['a', 'b', 'c'])
})

test('a rule that names no host cannot have options of its own', () => {
  expect(bind({ a: ['PathPrefix(`/`)', 'one'], b: ['PathPrefix(`/`)', 'default'], c: ['Host(`*`)', 'one'] }).conflicts).toEqual([
    { router: 'a', entryPoint: 'web', host: undefined },
    { router: 'c', entryPoint: 'web', host: undefined },
  ])
})

test('options that do not work never make way for weaker ones', () => {
  const { hosts, conflicts } = bind({ a: ['Host(`a.test`)', 'fine'], b: ['Host(`a.test`)', 'broken'] }, ['broken'])
  expect([hosts, conflicts]).toEqual([{ web: { 'a.test': 'broken' } }, []])
})

test('a rule that cannot be read binds nothing', () => {
  expect(bind({ a: ['Host(', 'default'] }).hosts).toEqual({ web: {} })
})
