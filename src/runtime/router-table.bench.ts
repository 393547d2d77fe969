import { test } from 'vitest'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { compileRule } from '../rule/compile.ts'
import { rulePriority } from '../rule/priority.ts'
import { type Route, RouterTable } from './router-table.ts'

const MANY = 10_000

function routes(count: number, ruleOf: (index: number) => string): Route[] {
  return Array.from({ length: count }, (_, index) => {
    const rule = ruleOf(index)
    return { name: `r${index}@file`, priority: rulePriority(rule), rank: 0, rule: compileRule(rule), dispatch: () => true }
  })
}

function requestFor(host: string, path: string): RequestHead {
  const request = new RequestHead('GET', path, new Headers())
  request.host = host
  return request
}

const kinds: Record<string, (index: number) => string> = {
  'a host each': (index) => `Host(\`s${index}.example.test\`)`,
  'a wildcard each': (index) => `Host(\`*.s${index}.example.test\`)`,
  'a path each, one host': (index) => `Host(\`s7.example.test\`) && Path(\`/api/${index}/items\`)`,
  'a prefix each, one host': (index) => `Host(\`s7.example.test\`) && PathPrefix(\`/api/${index}/\`)`,
  'a prefix each, no host': (index) => `PathPrefix(\`/api/${index}/\`)`,
}

for (const [name, ruleOf] of Object.entries(kinds)) {
  test(`one router found among others: ${name}`, async ({ bench }) => {
    const request = requestFor(name.includes('wildcard') ? 'www.s7.example.test' : 's7.example.test', '/api/7/items')
    const few = RouterTable.of(routes(8, ruleOf))
    const many = RouterTable.of(routes(MANY, ruleOf))
    await bench.compare(
      bench('of 8', () => few.find(request)),
      bench(`of ${MANY}`, () => many.find(request)),
    )
  })
}

test('a table of many routers is built', async ({ bench }) => {
  const all = routes(MANY, (index) => `Host(\`s${index % 100}.example.test\`) && PathPrefix(\`/api/${index}/\`)`)
  await bench(`of ${MANY}`, () => RouterTable.of(all)).run()
})
