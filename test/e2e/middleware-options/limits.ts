import { expect } from 'vitest'
import { answering, askAs, type OptionCase, type Scene } from './scene.ts'

const forwardedFor = (list: string): Record<string, string> => ({ 'x-forwarded-for': list })

/** Ways to tell sources apart: two requests of one source, and one of another. */
const CRITERIA: readonly { readonly name: string; readonly criterion: object; readonly fields: readonly Record<string, string>[] }[] = [
  {
    name: 'depth',
    criterion: { ipStrategy: { depth: 2 } },
    fields: ['10.0.0.1, 9.9.9.9', '10.0.0.1, 8.8.8.8', '10.0.0.2, 9.9.9.9'].map(forwardedFor),
  },
  {
    name: 'excludedIPs',
    criterion: { ipStrategy: { excludedIPs: ['9.9.9.0/24'] } },
    fields: ['10.0.0.1, 9.9.9.9', '10.0.0.1', '10.0.0.2, 9.9.9.8'].map(forwardedFor),
  },
  {
    name: 'ipv6Subnet',
    criterion: { ipStrategy: { depth: 1, ipv6Subnet: 64 } },
    fields: ['2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:2::1'].map(forwardedFor),
  },
  { name: 'requestHeaderName', criterion: { requestHeaderName: 'X-Key' }, fields: ['a', 'a', 'b'].map((key) => ({ 'x-key': key })) },
  { name: 'requestHost', criterion: { requestHost: true }, fields: ['', '', ':8080'].map((port) => ({ host: port })) },
]

/** Sends a request of a source; its Host is that of the scene, with a port where the source has one. */
const askOf = ({ port, host }: Scene, { host: suffix = '', ...fields }: Record<string, string>, path = '/') =>
  askAs(port, path, { host: `${host}${suffix}`, ...fields })

const sourceCases = CRITERIA.flatMap(({ name, criterion, fields }): OptionCase[] => {
  const [first = {}, second = {}, other = {}] = fields
  return [
    {
      title: `rateLimit tells sources apart by ${name}`,
      middlewares: () => ({ [`rate-by-${name}`]: { rateLimit: { average: 1, period: '1h', burst: 1, sourceCriterion: criterion } } }),
      async prove(scene) {
        const statuses = []
        for (const source of [first, second, other]) statuses.push((await askOf(scene, source)).status)
        expect(statuses).toEqual([200, 429, 200])
      },
    },
    {
      title: `inFlightReq tells sources apart by ${name}`,
      middlewares: () => ({ [`in-flight-by-${name}`]: { inFlightReq: { amount: 1, sourceCriterion: criterion } } }),
      async prove(scene) {
        const { origin } = scene.around
        const held = askOf(scene, first, answering({ hold: true }).replace('?', '/?'))
        await expect.poll(() => origin.held).toBe(1)
        const refused = await askOf(scene, second)
        expect([refused.status, refused.text]).toEqual([429, 'max connections reached: 1'])
        expect((await askOf(scene, other)).status).toBe(200)
        origin.release()
        expect((await held).text).toBe('released')
      },
    },
  ]
})

const admissionCases = ['ipAllowList', 'ipWhiteList'].flatMap((kind): OptionCase[] => [
  {
    title: `${kind} admits by the address of the connection`,
    middlewares: () => ({ [`${kind}-peer`]: { [kind]: { sourceRange: ['127.0.0.0/8'] } } }),
    async prove({ ask }) {
      expect((await ask('/', { headers: forwardedFor('10.0.0.1') })).status).toBe(200)
    },
  },
  {
    title: `${kind} takes the address at a depth`,
    middlewares: () => ({ [`${kind}-depth`]: { [kind]: { sourceRange: ['10.0.0.1'], ipStrategy: { depth: 2 } } } }),
    async prove({ ask }) {
      const statusFor = async (list: string) => (await ask('/', { headers: forwardedFor(list) })).status
      expect([await statusFor('10.0.0.1, 9.9.9.9'), await statusFor('9.9.9.9, 10.0.0.1')]).toEqual([200, 403])
    },
  },
  {
    title: `${kind} passes over proxies`,
    middlewares: () => ({ [`${kind}-excluded`]: { [kind]: { sourceRange: ['10.0.0.1'], ipStrategy: { excludedIPs: ['9.9.9.9'] } } } }),
    async prove({ ask }) {
      const statusFor = async (list: string) => (await ask('/', { headers: forwardedFor(list) })).status
      expect([await statusFor('10.0.0.1, 9.9.9.9'), await statusFor('10.0.0.1, 8.8.8.8')]).toEqual([200, 403])
    },
  },
  {
    title: `${kind} takes an IPv6 network for one address`,
    middlewares: () => ({ [`${kind}-subnet`]: { [kind]: { sourceRange: ['2001:db8::'], ipStrategy: { depth: 1, ipv6Subnet: 64 } } } }),
    async prove({ ask }) {
      const statusFor = async (list: string) => (await ask('/', { headers: forwardedFor(list) })).status
      expect([await statusFor('2001:db8::7'), await statusFor('2001:db8:0:1::7')]).toEqual([200, 403])
    },
  },
])

const BREAKING = 'NetworkErrorRatio() > 0.5'
const failing = `/${answering({ status: 502 })}`

/** Options of the middlewares that let requests through or not. */
export const limitCases: readonly OptionCase[] = [
  ...admissionCases,
  {
    title: 'ipAllowList answers with a status of its own',
    middlewares: () => ({ 'refused-as-teapot': { ipAllowList: { sourceRange: ['10.0.0.1'], rejectStatusCode: 418 } } }),
    async prove({ ask }) {
      expect((await ask()).status).toBe(418)
    },
  },
  ...sourceCases,
  {
    title: 'rateLimit lets its burst through, and no more until the next period',
    middlewares: () => ({ burst: { rateLimit: { average: 2, period: '1h', burst: 3 } } }),
    async prove({ ask }) {
      const statuses = []
      for (let count = 0; count < 5; count++) statuses.push((await ask()).status)
      expect(statuses).toEqual([200, 200, 200, 429, 429])
    },
  },
  {
    title: 'circuitBreaker answers with its status while it is open',
    middlewares: () => ({
      breaker: { circuitBreaker: { expression: BREAKING, checkPeriod: '1ns', fallbackDuration: '1h', responseCode: 418 } },
    }),
    async prove({ ask }) {
      expect((await ask(failing)).status).toBe(502)
      // The client may have the answer before the breaker has heard of it.
      await expect.poll(async () => (await ask()).status).toBe(418)
    },
  },
  {
    title: 'circuitBreaker looks only once in a period',
    middlewares: () => ({ 'lazy-breaker': { circuitBreaker: { expression: BREAKING, checkPeriod: '1h' } } }),
    async prove({ ask }) {
      expect((await ask()).status).toBe(200)
      for (let count = 0; count < 5; count++) expect((await ask(failing)).status).toBe(502)
    },
  },
  {
    title: 'circuitBreaker is closed again after its two times',
    middlewares: () => ({
      'short-breaker': {
        circuitBreaker: { expression: BREAKING, checkPeriod: '1ns', fallbackDuration: '1ms', recoveryDuration: '1ms' },
      },
    }),
    async prove({ ask }) {
      expect((await ask(failing)).status).toBe(502)
      await expect.poll(async () => (await ask()).status).toBe(200)
    },
  },
  {
    title: 'circuitBreaker lets nearly nobody through while it begins to recover',
    middlewares: () => ({
      'slow-breaker': {
        circuitBreaker: { expression: BREAKING, checkPeriod: '1ns', fallbackDuration: '1ms', recoveryDuration: '24h', responseCode: 418 },
      },
    }),
    async prove({ ask }) {
      expect((await ask(failing)).status).toBe(502)
      for (let count = 0; count < 10; count++) expect((await ask()).status).toBe(418)
    },
  },
]
