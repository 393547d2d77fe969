import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { Response } from '../../harness/http-client.ts'
import { answering, heard, type OptionCase } from './scene.ts'

const accepting = (codings: string) => ({ headers: { 'accept-encoding': codings } })
const page = (type = 'text/html', size = 2000): string => `/${answering({ type, size })}`
const codingOf = ({ headers }: Response) => headers['content-encoding']

const compressCases: readonly OptionCase[] = [
  {
    title: 'compress takes only the codings that it has, the preferred one first',
    middlewares: () => ({ 'compress-some': { compress: { encodings: ['zstd', 'gzip'] } } }),
    async prove({ ask }) {
      const codingFor = async (accepted: string) => codingOf(await ask(page(), accepting(accepted)))
      expect([await codingFor('gzip, br, zstd'), await codingFor('gzip'), await codingFor('br')]).toEqual(['zstd', 'gzip', undefined])
    },
  },
  {
    title: 'compress has a coding for those who say nothing',
    middlewares: () => ({ 'compress-default': { compress: { defaultEncoding: 'br' } } }),
    async prove({ ask }) {
      expect(codingOf(await ask(page()))).toBe('br')
    },
  },
  {
    title: 'compress leaves small content alone',
    middlewares: () => ({ 'compress-large': { compress: { minResponseBodyBytes: 10 } } }),
    async prove({ ask }) {
      const large = await ask(page('text/html', 10), accepting('gzip'))
      expect([codingOf(large), gunzipSync(large.body).toString()]).toEqual(['gzip', 'xxxxxxxxxx'])
      expect(codingOf(await ask(page('text/html', 9), accepting('gzip')))).toBe(undefined)
    },
  },
  {
    title: 'compress leaves some types alone',
    middlewares: () => ({ 'compress-excluded': { compress: { excludedContentTypes: ['image/png'] } } }),
    async prove({ ask }) {
      const codingFor = async (type: string) => codingOf(await ask(page(type), accepting('gzip')))
      expect([await codingFor('image/png'), await codingFor('text/html; charset=utf-8')]).toEqual([undefined, 'gzip'])
    },
  },
  {
    title: 'compress takes some types alone',
    middlewares: () => ({ 'compress-included': { compress: { includedContentTypes: ['text/html'] } } }),
    async prove({ ask }) {
      const codingFor = async (type: string) => codingOf(await ask(page(type), accepting('gzip')))
      expect([await codingFor('text/plain'), await codingFor('text/html')]).toEqual([undefined, 'gzip'])
    },
  },
]

const bufferingCases: readonly OptionCase[] = [
  {
    title: 'buffering refuses what is too large, either way, and holds the rest in memory and beyond',
    middlewares: () => ({
      'buffer-sizes': {
        buffering: { maxRequestBodyBytes: 100, memRequestBodyBytes: 10, maxResponseBodyBytes: 1000, memResponseBodyBytes: 10 },
      },
    }),
    async prove({ ask }) {
      const chunked = { 'transfer-encoding': 'chunked' }
      const { content, headers } = heard(await ask('/', { method: 'POST', body: 'x'.repeat(100), headers: chunked }))
      expect([content.length, headers['content-length'], headers['transfer-encoding']]).toEqual([100, '100', undefined])
      expect((await ask('/', { method: 'POST', body: 'x'.repeat(101) })).status).toBe(413)
      expect([(await ask(page('text/html', 1000))).status, (await ask(page('text/html', 1001))).status]).toEqual([200, 500])
    },
  },
  {
    title: 'buffering sends again as its expression says',
    middlewares: () => ({ 'buffer-again': { buffering: { retryExpression: 'IsNetworkError() && Attempts() <= 2' } } }),
    async prove({ ask, around: { origin } }) {
      const path = `/${answering({ failures: 2, status: 504, key: 'buffer-again' })}`
      expect([(await ask(path)).status, origin.count('buffer-again')]).toEqual([200, 3])
    },
  },
]

/** Asks for what fails so often before it works; the key has to be one that no other case uses. */
const flaky = (key: string, failures = 1): string => `/${answering({ failures, key })}`

const retryCases: readonly OptionCase[] = [
  {
    title: 'retry asks again for some statuses, so often and no more, after a while',
    middlewares: () => ({ 'retry-status': { retry: { attempts: 3, status: ['500-503'], initialInterval: '1ms' } } }),
    async prove({ ask, around: { origin } }) {
      expect([(await ask(flaky('retry-two', 2))).status, origin.count('retry-two')]).toEqual([200, 3])
      expect([(await ask(flaky('retry-three', 3))).status, origin.count('retry-three')]).toEqual([503, 3])
      expect([(await ask(flaky('retry-post'), { method: 'POST' })).status, origin.count('retry-post')]).toEqual([503, 1])
    },
  },
  {
    title: 'retry begins no attempt after its time',
    middlewares: () => ({ 'retry-timeout': { retry: { attempts: 3, status: ['503'], initialInterval: '10ms', timeout: '1ns' } } }),
    async prove({ ask, around: { origin } }) {
      expect([(await ask(flaky('retry-late'))).status, origin.count('retry-late')]).toEqual([503, 1])
    },
  },
  {
    title: 'retry does not keep content that is too large',
    middlewares: () => ({ 'retry-small': { retry: { attempts: 2, status: ['503'], maxRequestBodyBytes: 5 } } }),
    async prove({ ask, around: { origin } }) {
      const put = (key: string, body: string) => ask(flaky(key), { method: 'PUT', body })
      expect([(await put('retry-kept', '12345')).status, (await put('retry-not-kept', '123456')).status]).toEqual([200, 503])
      expect([origin.count('retry-kept'), origin.count('retry-not-kept')]).toEqual([2, 1])
    },
  },
  {
    title: 'retry does not go to another server where it is told not to',
    middlewares: () => ({ 'retry-answers': { retry: { attempts: 2, status: ['503'], disableRetryOnNetworkError: true } } }),
    servers: ({ deadPort, origin }) => [`http://127.0.0.1:${deadPort}`, origin.url],
    async prove({ ask }) {
      const statuses = [(await ask()).status, (await ask()).status]
      expect(statuses.sort()).toEqual([200, 502])
    },
  },
  {
    title: 'retry asks again with any method where it is told to',
    middlewares: () => ({ 'retry-post': { retry: { attempts: 2, status: ['503'], retryNonIdempotentMethod: true } } }),
    async prove({ ask }) {
      expect((await ask(flaky('retry-any'), { method: 'POST', body: 'x' })).status).toBe(200)
    },
  },
]

const pageCases: readonly OptionCase[] = [
  {
    title: 'errors puts a page in the place of an answer, and another status',
    middlewares: () => ({
      pages: {
        errors: {
          status: ['418', '503'],
          statusRewrites: { '418': 404 },
          service: 'origin',
          query: '/pages/{status}?from={originalStatus}&url={url}',
          errorRequestHeaders: ['X-A'],
        },
      },
    }),
    async prove({ ask, host }) {
      const teapot = await ask(`/x${answering({ status: 418 })}`, { headers: { 'x-a': '1', 'x-b': '2' } })
      const { url, headers } = heard(teapot)
      const asked = encodeURIComponent(`http://${host}/x?status=418`)
      expect([teapot.status, url, headers['x-a'], headers['x-b']]).toEqual([404, `/pages/404?from=418&url=${asked}`, '1', undefined])
      const busy = await ask(`/${answering({ status: 503 })}`)
      expect([busy.status, heard(busy).url.startsWith('/pages/503?from=503')]).toEqual([503, true])
    },
  },
  {
    title: 'contentType finds out what content is',
    middlewares: () => ({ 'type-found': { contentType: {} } }),
    async prove({ ask }) {
      expect((await ask(page('none', 10))).headers['content-type']).toBe('text/plain; charset=utf-8')
    },
  },
  {
    title: 'contentType does nothing where it is turned off',
    middlewares: () => ({ 'type-left': { contentType: { autoDetect: false } } }),
    async prove({ ask }) {
      expect((await ask(page('none', 10))).headers['content-type']).toBe(undefined)
    },
  },
  {
    title: 'grpcWeb answers for the origins that it allows, and translates',
    middlewares: () => ({ web: { grpcWeb: { allowOrigins: ['https://a.test'] } } }),
    async prove({ ask }) {
      const preflight = async (origin: string) => {
        const fields = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-grpc-web' }
        return (await ask('/', { method: 'OPTIONS', headers: fields })).headers['access-control-allow-origin']
      }
      expect([await preflight('https://a.test'), await preflight('https://b.test')]).toEqual(['https://a.test', undefined])
      const call = await ask(`/${answering({ type: 'application/grpc+proto' })}`, {
        method: 'POST',
        body: '',
        headers: { 'content-type': 'application/grpc-web+proto' },
      })
      const text = call.text.slice(0, call.text.lastIndexOf('}') + 1)
      expect([JSON.parse(text).headers['content-type'], call.headers['content-type']]).toEqual([
        'application/grpc+proto',
        'application/grpc-web+proto',
      ])
    },
  },
]

/** Options of the middlewares that look at content, and of those that ask again. */
export const contentCases: readonly OptionCase[] = [...compressCases, ...bufferingCases, ...retryCases, ...pageCases]
