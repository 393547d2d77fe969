import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { startGateway } from '../../test/harness/gateway.ts'
import { request } from '../../test/harness/http-client.ts'
import { startOrigin } from '../../test/harness/origin.ts'

const guide = readFileSync(new URL('./routing.md', import.meta.url), 'utf8')

/** Each configuration with the table behind it. */
const examples = [...guide.matchAll(/```yaml\n(.*?)```\n\n((?:\|[^\n]*\n)+)/gs)].map(([, routes = '', table = '']) => ({
  routes,
  rows: table.trim().split('\n').slice(2),
}))

/** `` | `GET a.test/x` with `X-A: 1` × 10 | `blue` × 8, `green` × 2 | `` */
const ROW =
  /^\| `(?<method>[A-Z]+) (?<host>[^/]+)(?<path>[^`]*)`(?: with `(?<name>[\w-]+): (?<value>[^`]*)`)?(?: × (?<times>\d+))? \| (?<answer>.*) \|$/

function expectedOf(answer: string): Record<string, number> {
  return Object.fromEntries(
    answer.split(', ').map((part) => {
      const [who = '', count = '1'] = part.split(' × ')
      return [who.replaceAll('`', ''), Number(count)]
    }),
  )
}

describe('the guide', () => {
  test('has examples, and a table behind each', () => {
    expect(examples).toHaveLength(guide.match(/^```yaml$/gm)?.length ?? 0)
    expect(examples.length).toBeGreaterThan(6)
  })

  test.each(examples)('says who answers: $rows', async ({ routes, rows }) => {
    await using stack = new AsyncDisposableStack()
    const names = new Set([...routes.matchAll(/url: http:\/\/(\w+)/g)].map(([, name = '']) => name))
    let dynamic = routes
    for (const name of names) {
      const { url } = stack.use(await startOrigin(name))
      dynamic = dynamic.replaceAll(new RegExp(`http://${name}\\b`, 'g'), url)
    }
    const gateway = stack.use(await startGateway({ dynamic }))
    for (const row of rows) {
      const { method = '', host = '', path = '', name, value = '', times = '1', answer = '' } = ROW.exec(row)?.groups ?? {}
      expect(method, row).not.toBe('')
      const seen: Record<string, number> = {}
      for (let turn = 0; turn < Number(times); turn++) {
        const headers = { host, ...(name === undefined ? {} : { [name]: value }) }
        const { status, text } = await request(gateway.port, { method, path, headers })
        const who = status === 200 ? text : String(status)
        seen[who] = (seen[who] ?? 0) + 1
      }
      expect(seen, row).toEqual(expectedOf(answer))
    }
  })
})
