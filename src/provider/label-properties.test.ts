import { array, assert, constantFrom, dictionary, property, string as text, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { container, decode } from '../../test/harness/labelled-items.ts'
import { dynamicConfiguration } from '../config/dynamic.ts'
import { check } from '../schema/index.ts'
import { decodeTree } from './tree.ts'

const step = constantFrom(
  ...['http', 'tcp', 'udp', 'tls', 'routers', 'services', 'middlewares', 'stores', 'default', 'options', 'a', 'A', 'rule', 'service'],
  ...['loadBalancer', 'server', 'servers[0]', 'url', 'port', 'weighted', 'tls[3]', 'entryPoints', '0', '10', '[0]', ''],
  ...['__proto__', 'constructor', 'prototype', 'Constructor', 'x[1000]', 'toString'],
)
const value = constantFrom('', 'true', 'false', 'x', '80', 'a,b', 'http://a', 'Host(`a`)', '{{ .Name }}')
const path = array(step, { minLength: 1, maxLength: 7 })
const entries = array(tuple(constantFrom('gateway', 'traefik'), path, value), { maxLength: 8 })
const natural = Object.getOwnPropertyNames(Object.prototype)

function isUntouched(): boolean {
  return Object.getOwnPropertyNames(Object.prototype).every((name, index) => name === natural[index]) && !('rule' in {})
}

test('whatever labels say, they are decoded, and no prototype is touched', () => {
  assert(
    property(entries, (said) => {
      const labels = Object.fromEntries(said.map(([prefix, steps, text]) => [`${prefix}.${steps.join('.')}`, text]))
      const { configuration, findings } = decode([container('web', labels), container('other', labels)])
      check(dynamicConfiguration, configuration)
      expect(isUntouched()).toBe(true)
      expect(JSON.stringify(findings)).toBeTypeOf('string')
    }),
    { numRuns: 500 },
  )
})

test('whatever keys a store has, they are decoded, and no prototype is touched', () => {
  assert(
    property(entries, (said) => {
      const pairs = said.map(([, steps, text]): [string, string] => [`gateway/${steps.join('/')}`, text])
      const { configuration } = decodeTree(pairs, { rootKey: 'gateway', source: (key) => ({ kind: 'key', store: 's', key }) })
      check(dynamicConfiguration, configuration)
      expect(isUntouched()).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('any text at all can be the name of a label, and of an item', () => {
  assert(
    property(dictionary(text(), text()), text(), (labels, name) => {
      expect(decode([container(name, labels)]).findings.length).toBeLessThan(9)
    }),
  )
})
