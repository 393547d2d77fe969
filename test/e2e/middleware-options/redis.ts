import { expect } from 'vitest'
import type { OptionCase, RedisPlaces, Surroundings } from './scene.ts'

/** A burst of two, and then nothing for an hour. */
const limit = (redis: object): object => ({ rateLimit: { average: 1, period: '1h', burst: 2, redis } })

const placesOf = ({ redis }: Surroundings): RedisPlaces => redis as RedisPlaces

const statusesOf = async (ask: () => Promise<{ readonly status: number }>): Promise<number[]> => [
  (await ask()).status,
  (await ask()).status,
  (await ask()).status,
]

/** Options of `rateLimit.redis`. */
export const redisCases: readonly OptionCase[] = [
  {
    title: 'rateLimit counts in a database of a Redis that asks for a certificate, a name and a password',
    needsRedis: true,
    middlewares: (around) => {
      const { secureEndpoint, ca, cert, key } = placesOf(around)
      return {
        'redis-all': limit({
          endpoints: [secureEndpoint],
          tls: { ca, cert, key, caOptional: true },
          username: 'carol',
          password: 'secret',
          db: 3,
          poolSize: 5,
          minIdleConns: 1,
          maxActiveConns: 10,
          readTimeout: '10s',
          writeTimeout: '10s',
          dialTimeout: '10s',
        }),
      }
    },
    async prove({ ask, around }) {
      expect(await statusesOf(ask)).toEqual([200, 200, 429])
      expect(await placesOf(around).keysOf(3)).toContain('rate:redis-all@file:127.0.0.1')
    },
  },
  {
    title: 'rateLimit takes any certificate of a Redis where it is told to',
    needsRedis: true,
    middlewares: (around) => {
      const { secureEndpoint, cert, key } = placesOf(around)
      return { 'redis-careless': limit({ endpoints: [secureEndpoint], tls: { cert, key, insecureSkipVerify: true } }) }
    },
    async prove({ ask }) {
      expect(await statusesOf(ask)).toEqual([200, 200, 429])
    },
  },
  {
    title: 'rateLimit takes only a certificate of a Redis that it trusts',
    needsRedis: true,
    middlewares: (around) => {
      const { secureEndpoint, cert, key } = placesOf(around)
      return { 'redis-untrusted': limit({ endpoints: [secureEndpoint], tls: { cert, key } }) }
    },
    async prove({ ask }) {
      expect((await ask()).status).toBe(500)
    },
  },
  {
    title: 'rateLimit does not get in with a wrong password',
    needsRedis: true,
    middlewares: (around) => ({
      'redis-password': limit({ endpoints: [placesOf(around).endpoint], username: 'carol', password: 'wrong' }),
    }),
    async prove({ ask }) {
      expect((await ask()).status).toBe(500)
    },
  },
  {
    title: 'rateLimit refuses everybody while a Redis does not answer',
    needsRedis: true,
    middlewares: (around) => ({ 'redis-silent': limit({ endpoints: [placesOf(around).silentEndpoint], readTimeout: '50ms' }) }),
    async prove({ ask }) {
      expect((await ask()).status).toBe(500)
    },
  },
  {
    title: 'rateLimit refuses everybody while a Redis cannot be reached',
    needsRedis: true,
    middlewares: (around) => ({ 'redis-unreached': limit({ endpoints: [placesOf(around).blackHole], dialTimeout: '50ms' }) }),
    async prove({ ask }) {
      expect((await ask()).status).toBe(500)
    },
  },
  {
    title: 'rateLimit lets everybody through while a Redis does not answer, where it is told to',
    needsRedis: true,
    middlewares: (around) => ({
      'redis-open': limit({ endpoints: [placesOf(around).silentEndpoint], readTimeout: '50ms', denyOnError: false }),
    }),
    async prove({ ask }) {
      expect(await statusesOf(ask)).toEqual([200, 200, 200])
    },
  },
]
