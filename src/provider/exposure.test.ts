import { expect, test } from 'vitest'
import { readLabel, tagsToLabels } from './exposure.ts'
import { normalize } from './normalize.ts'

test('a label of the provider itself is found in any case and with both prefixes, the own one first', () => {
  const labels = { 'Traefik.Docker.Network': 'theirs', 'traefik.docker.lbswarm': 'true' }
  expect(readLabel(labels, 'docker.network')).toBe('theirs')
  expect(readLabel({ ...labels, 'gateway.docker.network': 'ours' }, 'docker.network')).toBe('ours')
  expect(readLabel(labels, 'docker.network', 'edge')).toBeUndefined()
  expect(readLabel({ 'edge.docker.network': '' }, 'docker.network', 'edge')).toBe('')
})

test('tags become labels without reaching a prototype', () => {
  const labels = tagsToLabels(['a=b=c', ' d = e ', 'plain', '=x', '__proto__=y'])
  expect(Object.entries(labels)).toEqual([
    ['a', 'b=c'],
    ['d', 'e'],
    ['__proto__', 'y'],
  ])
})

for (const [name, normal] of [
  ['my_app.1', 'my-app-1'],
  ['/Web--', 'Web'],
  ['größe½ 名前', 'größe½-名前'],
  ['`"', ''],
] as const) {
  test(`the name ${name} is normalized to ${normal || 'nothing'}`, () => {
    expect(normalize(name)).toBe(normal)
  })
}
