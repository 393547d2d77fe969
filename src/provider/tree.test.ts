import { expect, test } from 'vitest'
import { dynamicConfiguration } from '../config/dynamic.ts'
import { toFindings } from '../findings/from-issues.ts'
import { check } from '../schema/index.ts'
import { decodeTree } from './tree.ts'

function decode(pairs: Readonly<Record<string, string>>, rootKey = 'gateway') {
  const message = decodeTree(Object.entries(pairs), { rootKey, source: (key) => ({ kind: 'key', store: 'etcd', key }) })
  const { issues } = check(dynamicConfiguration, message.configuration)
  return { ...message, all: [...message.findings, ...toFindings(issues, message.locate)] }
}

const R = 'gateway/http/routers/a'
const S = 'gateway/http/services/s/loadBalancer'

const cases: { why: string; pairs: Record<string, string>; rootKey?: string; expected: object }[] = [
  { why: 'no keys clear everything', pairs: {}, expected: {} },
  {
    why: 'a router and its service',
    pairs: { [`${R}/rule`]: 'Host(`a`)', [`${R}/service`]: 's', [`${S}/servers/0/url`]: 'http://a', [`${S}/servers/0/weight`]: '2' },
    expected: {
      http: {
        routers: { a: { rule: 'Host(`a`)', service: 's' } },
        services: { s: { loadBalancer: { servers: [{ url: 'http://a', weight: '2' }] } } },
      },
    },
  },
  {
    why: 'lists are in the order of their numbers, whatever these are',
    pairs: { [`${R}/entryPoints/10`]: 'c', [`${R}/entryPoints/2`]: 'b', [`${R}/entryPoints/0`]: 'a' },
    expected: { http: { routers: { a: { entryPoints: ['a', 'b', 'c'] } } } },
  },
  {
    why: 'lists of sections, too',
    pairs: { [`${S}/servers/10/url`]: 'http://b', [`${S}/servers/9/url`]: 'http://a' },
    expected: { http: { services: { s: { loadBalancer: { servers: [{ url: 'http://a' }, { url: 'http://b' }] } } } } },
  },
  {
    why: 'a list may be one value with commas',
    pairs: { [`${R}/entryPoints`]: 'a, b' },
    expected: { http: { routers: { a: { entryPoints: ['a', 'b'] } } } },
  },
  {
    why: 'an element of a list may hold a comma',
    pairs: { [`${R}/entryPoints/0`]: 'a,b' },
    expected: { http: { routers: { a: { entryPoints: ['a,b'] } } } },
  },
  {
    why: 'a section is on with true',
    pairs: { [`${R}/tls`]: 'true', [`${R}/tls/options`]: 'modern' },
    expected: { http: { routers: { a: { tls: { options: 'modern' } } } } },
  },
  {
    why: 'a section is on with an empty value and off with any other',
    pairs: { [`${R}/tls`]: '', 'gateway/http/routers/b/tls': 'no', 'gateway/http/routers/b/tls/options': 'x' },
    expected: { http: { routers: { a: { tls: {} }, b: { tls: false } } } },
  },
  {
    why: 'fields are compared without regard to case, names keep theirs',
    pairs: { 'gateway/HTTP/Routers/App/RULE': 'x', 'gateway/http/routers/app/Priority': '3' },
    expected: { http: { routers: { App: { rule: 'x', priority: '3' } } } },
  },
  {
    why: 'a router may have a number for its name',
    pairs: { 'gateway/http/routers/2024/rule': 'x' },
    expected: { http: { routers: { 2024: { rule: 'x' } } } },
  },
  {
    why: 'TLS is read as a file would say it',
    pairs: {
      'gateway/tls/certificates/0/certFile': 'a',
      'gateway/tls/certificates/0/keyFile': 'b',
      'gateway/tls/options/o/minVersion': 'VersionTLS12',
    },
    expected: { tls: { certificates: [{ certFile: 'a', keyFile: 'b' }], options: { o: { minVersion: 'VersionTLS12' } } } },
  },
  {
    why: 'folders say nothing',
    pairs: {
      'gateway/': '',
      'gateway/http/': '',
      'gateway/http': '',
      'gateway/http/routers': '',
      [R]: '',
      [`${R}/`]: '',
      [`${R}/tls/`]: '',
      [`${R}/rule`]: 'x',
    },
    expected: { http: { routers: { a: { rule: 'x' } } } },
  },
  {
    why: 'the root may have several parts, another case and a slash before it',
    pairs: { '/My/Edge/http/routers/a/rule': 'x', 'my/edge2/http/routers/b/rule': 'y', 'other/http/routers/c/rule': 'z' },
    rootKey: '/my/edge/',
    expected: { http: { routers: { a: { rule: 'x' } } } },
  },
]
for (const { why, pairs, rootKey, expected } of cases) {
  test(`${why}`, () => {
    const { configuration, all } = decode(pairs, rootKey)
    expect(all).toEqual([])
    expect(configuration).toEqual(expected)
  })
}

const wrong: { why: string; key: string; finding: object; left?: object }[] = [
  {
    why: 'an unknown field',
    key: 'gateway/http/routers/b/rul',
    finding: { code: 'GTW_UNKNOWN_KEY', message: 'unknown key "rul" in http.routers.b', suggestion: 'rule' },
    left: { a: { rule: 'x' }, b: { rul: 'y' } },
  },
  {
    why: 'a key below a value',
    key: 'gateway/http/routers/b/rule/more',
    finding: { code: 'GTW_UNKNOWN_KEY', message: 'unknown key "more" in http.routers.b.rule' },
  },
  {
    why: 'a value on a router',
    key: 'gateway/http/routers/b',
    finding: { code: 'GTW_WRONG_TYPE', message: 'http.routers.b is "y"' },
  },
  {
    why: 'a key that would reach a prototype',
    key: 'gateway/http/routers/__proto__/rule',
    finding: { code: 'GTW_UNKNOWN_KEY', message: 'refused key "__proto__" in http.routers' },
  },
  {
    why: 'the shorthand of labels',
    key: 'gateway/http/services/s/loadBalancer/server/url',
    finding: { code: 'GTW_UNKNOWN_KEY', message: 'unknown key "server" in http.services.s.loadBalancer', suggestion: 'servers' },
  },
  {
    why: 'a root that nearly is one',
    key: 'gateway/htp/routers/b/rule',
    finding: { code: 'GTW_UNKNOWN_KEY', severity: 'warning', message: 'keys below "htp" are not read', suggestion: 'http' },
  },
  {
    why: 'a root that resembles none',
    key: 'gateway/acme/account',
    finding: { code: 'GTW_UNKNOWN_KEY', severity: 'info', message: 'keys below "acme" are not read' },
  },
]
for (const { why, key, finding, left } of wrong) {
  test(`${why} is one finding at its key and disables its element only: ${key}`, () => {
    const { configuration, all } = decode({ [`${R}/rule`]: 'x', [key]: 'y' })
    expect(all).toMatchObject([{ ...finding, source: { kind: 'key', store: 'etcd', key } }])
    expect((configuration as { http: { routers: object } }).http.routers).toEqual(left ?? { a: { rule: 'x' } })
  })
}

test('the order of the store changes nothing', () => {
  const pairs = { [`${R}/rule`]: 'x', 'gateway/http/routers/A/service': 's', [`${R}/entryPoints/1`]: 'b', [`${R}/entryPoints/0`]: 'a' }
  const turned = Object.fromEntries(Object.entries(pairs).reverse())
  expect(JSON.stringify(decode(pairs).configuration)).toBe(JSON.stringify(decode(turned).configuration))
})
