import { expect } from 'vitest'
import { heard, type OptionCase } from './scene.ts'

/** Options of the middlewares that change where a request goes. */
export const pathCases: readonly OptionCase[] = [
  {
    title: 'addPrefix puts a prefix in front',
    middlewares: () => ({ prefixed: { addPrefix: { prefix: '/api' } } }),
    async prove({ ask }) {
      expect(heard(await ask('/x?y=1')).url).toBe('/api/x?y=1')
    },
  },
  {
    title: 'stripPrefix takes the first prefix that fits away',
    middlewares: () => ({ stripped: { stripPrefix: { prefixes: ['/a', '/b'], forceSlash: false } } }),
    async prove({ ask, printed }) {
      const { url, headers } = heard(await ask('/b/x?y=1'))
      expect([url, headers['x-forwarded-prefix']]).toEqual(['/x?y=1', '/b'])
      expect(printed()).toContain('old option "forceSlash"')
    },
  },
  {
    title: 'stripPrefixRegex takes what an expression finds at the start away',
    middlewares: () => ({ 'stripped-by-regex': { stripPrefixRegex: { regex: ['^/v[0-9]+'] } } }),
    async prove({ ask }) {
      const { url, headers } = heard(await ask('/v12/x'))
      expect([url, headers['x-forwarded-prefix']]).toEqual(['/x', '/v12'])
    },
  },
  {
    title: 'replacePath puts a path in the place of another',
    middlewares: () => ({ replaced: { replacePath: { path: '/new' } } }),
    async prove({ ask }) {
      const { url, headers } = heard(await ask('/old?y=1'))
      expect([url, headers['x-replaced-path']]).toEqual(['/new?y=1', '/old'])
    },
  },
  {
    title: 'replacePathRegex rewrites a path',
    middlewares: () => ({ 'replaced-by-regex': { replacePathRegex: { regex: '^/old/(.*)', replacement: '/new/$1' } } }),
    async prove({ ask }) {
      expect(heard(await ask('/old/x')).url).toBe('/new/x')
    },
  },
  {
    title: 'redirectRegex redirects for now',
    middlewares: () => ({ moved: { redirectRegex: { regex: '/old/(.*)', replacement: '/new/$1' } } }),
    async prove({ ask, host }) {
      const { status, headers } = await ask('/old/x')
      expect([status, headers.location]).toEqual([302, `http://${host}/new/x`])
    },
  },
  {
    title: 'redirectRegex redirects for good',
    middlewares: () => ({ 'moved-for-good': { redirectRegex: { regex: '/old', replacement: '/new', permanent: true } } }),
    async prove({ ask }) {
      expect([(await ask('/old')).status, (await ask('/old', { method: 'POST' })).status]).toEqual([301, 308])
    },
  },
  {
    title: 'redirectScheme redirects to a scheme and a port',
    middlewares: () => ({ secured: { redirectScheme: { scheme: 'https', port: '8443' } } }),
    async prove({ ask, host }) {
      const { status, headers } = await ask('/x')
      expect([status, headers.location]).toEqual([302, `https://${host}:8443/x`])
    },
  },
  {
    title: 'redirectScheme redirects for good',
    middlewares: () => ({ 'secured-for-good': { redirectScheme: { scheme: 'https', permanent: true } } }),
    async prove({ ask, host }) {
      const { status, headers } = await ask('/x')
      expect([status, headers.location]).toEqual([301, `https://${host}/x`])
    },
  },
  {
    title: 'chain is what it names, in that order',
    middlewares: () => ({
      chained: { chain: { middlewares: ['chain-outer', 'chain-inner'] } },
      'chain-outer': { addPrefix: { prefix: '/outer' } },
      'chain-inner': { addPrefix: { prefix: '/inner' } },
    }),
    order: ['chained'],
    async prove({ ask }) {
      expect(heard(await ask('/x')).url).toBe('/inner/outer/x')
    },
  },
  ...Object.entries({
    allowEncodedSlash: '%2F',
    allowEncodedBackSlash: '%5C',
    allowEncodedNullCharacter: '%00',
    allowEncodedSemicolon: '%3B',
    allowEncodedPercent: '%25',
    allowEncodedQuestionMark: '%3F',
    allowEncodedHash: '%23',
  }).map(
    ([option, escaped]): OptionCase => ({
      title: `encodedCharacters.${option} lets ${escaped} pass, and nothing else`,
      middlewares: () => ({ [`encoded-${escaped.slice(1)}`]: { encodedCharacters: { [option]: true } } }),
      async prove({ ask }) {
        expect(heard(await ask(`/a${escaped}b`)).url).toBe(`/a${escaped}b`)
        expect((await ask(`/a${escaped === '%23' ? '%3F' : '%23'}b`)).status).toBe(400)
      },
    }),
  ),
]
