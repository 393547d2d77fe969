import { expect, test } from 'vitest'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { compileRule } from '../rule/compile.ts'
import { RouteInput } from '../rule/route-input.ts'
import { exampleRequest } from './example-request.ts'

const cases: readonly { rule: string; host?: string; path: string }[] = [
  { rule: 'Host(`shop.localhost`)', host: 'shop.localhost', path: '/' },
  { rule: 'Host(`shop.localhost`) && PathPrefix(`/api`)', host: 'shop.localhost', path: '/api' },
  { rule: 'Path(`/a/b.c/`) && HOST("Shop.localhost.")', host: 'Shop.localhost.', path: '/a/b.c/' },
  { rule: '(Host(`a_b`) && (Path(`/x~y`)))', host: 'a_b', path: '/x~y' },
  { rule: 'Path(`/only`)', path: '/only' },
  { rule: 'PathPrefix(`/`)', path: '/' },
]

for (const { rule, host, path } of cases) {
  test(`${rule} holds for its example`, () => {
    const example = exampleRequest(rule)
    expect(example).toEqual({ host, path })
    const request = new RequestHead('GET', path, new Headers())
    request.host = host ?? '127.0.0.1:8000'
    const input = new RouteInput()
    input.prepare(request)
    expect(compileRule(rule).predicate(input)).toBe(true)
  })
}

const passedOver = [
  '!Host(`a`)',
  'Host(`a`) && !Path(`/b`)',
  'Host(`a`) || Host(`b`)',
  'Host(`a`) || Path(`/b`)',
  'Host(`a`) && (Path(`/b`) || Path(`/c`))',
  'Host(`a`) && Method(`GET`)',
  'Host(`a`) && Host(`b`)',
  'Path(`/a`) && PathPrefix(`/a`)',
  'Header(`a`, `b`)',
  'Host(`*.a`)',
  'Host(`*`)',
  'Host(`a:80`)',
  "Host(`a'b`)",
  'Path(`/a b`)',
  'Path(`/a?b`)',
  'Path(`/a%20b`)',
  'Path(`/$(a)`)',
  'Path(`//a`)',
  'Path(`/../a`)',
  'Path(`/./a`)',
  'Host(',
  '',
]

for (const rule of passedOver) {
  test(`${JSON.stringify(rule)} makes no example`, () => {
    expect(exampleRequest(rule)).toBeUndefined()
  })
}
