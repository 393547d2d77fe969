import { hash } from 'node:crypto'
import { hashSync } from '@node-rs/bcrypt'
import { expect } from 'vitest'
import { answering, heard, type OptionCase, type Scene, type Surroundings } from './scene.ts'

const bcrypt = (name: string, password: string): string => `${name}:${hashSync(password, 4)}`
const basic = (name: string, password: string) => ({ authorization: `Basic ${btoa(`${name}:${password}`)}` })

const digestHash = (name: string, realm: string, password: string): string =>
  `${name}:${realm}:${hash('md5', `${name}:${realm}:${password}`)}`

/** Asks for a challenge and answers it. */
async function askWithDigest({ ask }: Scene, name: string, password: string, fields: Record<string, string> = {}) {
  const { headers, status } = await ask()
  expect(status).toBe(401)
  const challenge = String(headers['www-authenticate'])
  const part = (key: string): string => new RegExp(`${key}="([^"]*)"`).exec(challenge)?.[1] ?? ''
  const [realm, nonce, opaque] = [part('realm'), part('nonce'), part('opaque')]
  const secret = hash('md5', `${name}:${realm}:${password}`)
  const response = hash('md5', `${secret}:${nonce}:00000001:c:auth:${hash('md5', 'GET:/')}`)
  const given = { username: name, realm, nonce, uri: '/', qop: 'auth', nc: '00000001', cnonce: 'c', opaque, algorithm: 'MD5', response }
  const authorization = `Digest ${Object.entries(given)
    .map(([key, value]) => `${key}="${value}"`)
    .join(', ')}`
  return { realm, answer: await ask('/', { headers: { ...fields, authorization } }) }
}

/** What both kinds have in common. */
const passwordCases: readonly OptionCase[] = [
  {
    title: 'basicAuth knows those of its list and of its file, names its realm and the user, and takes the password away',
    middlewares: ({ folder }) => ({
      'basic-all': {
        basicAuth: {
          users: [bcrypt('carol', 'secret')],
          usersFile: `${folder.path}/basic-users`,
          realm: 'the shop',
          headerField: 'X-User',
          removeHeader: true,
        },
      },
    }),
    async prove({ ask }) {
      expect((await ask()).headers['www-authenticate']).toBe('Basic realm="the shop"')
      for (const name of ['carol', 'dave']) {
        const { headers } = heard(await ask('/', { headers: { ...basic(name, 'secret'), 'x-user': 'root' } }))
        expect([headers['x-user'], headers.authorization]).toEqual([name, undefined])
      }
      expect((await ask('/', { headers: basic('carol', 'wrong') })).status).toBe(401)
    },
  },
  {
    title: 'digestAuth knows those of its list and of its file, names its realm and the user, and takes the answer away',
    middlewares: ({ folder }) => ({
      'digest-all': {
        digestAuth: {
          users: [digestHash('carol', 'the shop', 'secret')],
          usersFile: `${folder.path}/digest-users`,
          realm: 'the shop',
          headerField: 'X-User',
          removeHeader: true,
        },
      },
    }),
    async prove(scene) {
      for (const name of ['carol', 'dave']) {
        const { realm, answer } = await askWithDigest(scene, name, 'secret', { 'x-user': 'root' })
        const { headers } = heard(answer)
        expect([realm, headers['x-user'], headers.authorization]).toEqual(['the shop', name, undefined])
      }
      expect((await askWithDigest(scene, 'carol', 'wrong')).answer.status).toBe(401)
    },
  },
]

/** The files that these cases name. */
export const USER_FILES: Readonly<Record<string, string>> = {
  'basic-users': `# those of the shop\n\n${bcrypt('dave', 'secret')}\n${bcrypt('carol', 'overruled')}\n`,
  'digest-users': `${digestHash('dave', 'the shop', 'secret')}\n`,
}

/** A middleware that asks the server for authorization with a query that tells it how to answer. */
const asking = ({ auth }: Surroundings, wish: Parameters<typeof answering>[0], options: object = {}): object => {
  const { ca, cert, key, url } = auth
  return { forwardAuth: { address: `${url}/check${answering(wish)}`, tls: { ca, cert, key, caOptional: true }, ...options } }
}

const saying = (...fields: string[]) => ({ fields })

const grantingCases: readonly OptionCase[] = [
  {
    title: 'forwardAuth shows its certificate, trusts an authority, and passes on what the answer says',
    middlewares: (around) => ({
      'auth-fields': asking(around, saying('X-User: carol', 'X-Role-A: a', 'X-Other: o'), {
        authResponseHeaders: ['X-User'],
        authResponseHeadersRegex: '^X-Role-',
        headerField: 'X-User',
      }),
    }),
    async prove({ ask }) {
      const { headers } = heard(await ask('/', { headers: { 'x-user': 'root', 'x-role-b': 'forged', 'x-other': 'mine' } }))
      expect([headers['x-user'], headers['x-role-a'], headers['x-role-b'], headers['x-other']]).toEqual(['carol', 'a', undefined, 'mine'])
    },
  },
  {
    title: 'forwardAuth does not ask whom it does not trust, unless it is told to',
    middlewares: ({ auth: { url, cert, key } }) => ({
      'auth-untrusted': { forwardAuth: { address: url, tls: { cert, key } } },
    }),
    async prove({ ask }) {
      expect((await ask()).status).toBe(500)
    },
  },
  {
    title: 'forwardAuth asks anybody where it is told to',
    middlewares: ({ auth: { url, cert, key } }) => ({
      'auth-careless': { forwardAuth: { address: url, tls: { cert, key, insecureSkipVerify: true } } },
    }),
    async prove({ ask }) {
      expect((await ask()).status).toBe(200)
    },
  },
  {
    title: 'forwardAuth gives the client the cookies that it may have',
    middlewares: (around) => ({
      'auth-cookies': asking(around, saying('Set-Cookie: s=1', 'Set-Cookie: t=2'), { addAuthCookiesToResponse: ['s'] }),
    }),
    async prove({ ask }) {
      expect((await ask()).headers['set-cookie']).toEqual(['s=1'])
    },
  },
  {
    title: 'forwardAuth sends only the fields of a list, with method and content where it is told to',
    middlewares: (around) => ({
      'auth-request': asking(around, { status: 403 }, { authRequestHeaders: ['X-A'], forwardBody: true, preserveRequestMethod: true }),
    }),
    async prove({ ask }) {
      const answer = await ask('/', { method: 'PUT', body: 'content', headers: { 'x-a': '1', 'x-b': '2' } })
      const { method, content, headers } = heard(answer)
      expect([answer.status, method, content, headers['x-a'], headers['x-b']]).toEqual([403, 'PUT', 'content', '1', undefined])
    },
  },
  {
    title: 'forwardAuth believes what a proxy in front has said',
    middlewares: (around) => ({ 'auth-trusting': asking(around, { status: 403 }, { trustForwardHeader: true }) }),
    async prove({ ask }) {
      expect(heard(await ask('/x', { headers: { 'x-forwarded-uri': '/y' } })).headers['x-forwarded-uri']).toBe('/y')
    },
  },
  {
    title: 'forwardAuth does not believe it where it is told not to',
    middlewares: (around) => ({ 'auth-wary': asking(around, { status: 403 }, { trustForwardHeader: false }) }),
    async prove({ ask }) {
      expect(heard(await ask('/x', { headers: { 'x-forwarded-uri': '/y' } })).headers['x-forwarded-uri']).toBe('/x')
    },
  },
]

const refusingCases: readonly OptionCase[] = [
  {
    title: 'forwardAuth refuses too much content',
    middlewares: (around) => ({
      'auth-small': asking(around, { size: 100 }, { forwardBody: true, maxBodySize: 5, maxResponseBodySize: 100 }),
    }),
    async prove({ ask }) {
      const statusFor = async (body: string) => (await ask('/', { method: 'POST', body })).status
      expect([await statusFor('12345'), await statusFor('123456')]).toEqual([200, 401])
    },
  },
  {
    title: 'forwardAuth refuses an answer that is too large',
    middlewares: (around) => ({ 'auth-large': asking(around, { size: 100 }, { maxResponseBodySize: 99 }) }),
    async prove({ ask }) {
      expect((await ask()).status).toBe(401)
    },
  },
  {
    title: 'forwardAuth makes a location absolute',
    middlewares: (around) => ({ 'auth-moved': asking(around, { status: 302, fields: ['Location: /login'] }) }),
    async prove({ ask, around }) {
      expect((await ask()).headers.location).toBe(`${around.auth.url}/login`)
    },
  },
  {
    title: 'forwardAuth leaves a location as it is where it is told to',
    middlewares: (around) => ({
      'auth-moved-as-is': asking(around, { status: 302, fields: ['Location: /login'] }, { preserveLocationHeader: true }),
    }),
    async prove({ ask }) {
      expect((await ask()).headers.location).toBe('/login')
    },
  },
  {
    title: 'forwardAuth sends those who are not known to sign in',
    middlewares: (around) => ({ 'auth-sign-in': asking(around, { status: 401 }, { authSigninURL: 'https://login.test/' }) }),
    async prove({ ask }) {
      const { status, headers } = await ask()
      expect([status, headers.location]).toEqual([302, 'https://login.test/'])
    },
  },
]

/** Options of the middlewares that ask who it is. */
export const authenticationCases: readonly OptionCase[] = [...passwordCases, ...grantingCases, ...refusingCases]
