import { defineMiddleware, duration, object, string } from 'gateway/middleware'

/** Asks a service about the token of each request, and tells the server whose it is. */
export default defineMiddleware({
  name: 'tokenCheck',
  options: object('Lets requests pass whose bearer token a service knows.', {
    url: string('Answers 200 with the name of the user, or anything else.', { required: true }),
    within: duration('How long it may take.', { default: '2s' }),
  }),
  async request(request, { options, log }) {
    const token = request.headers.get('authorization')
    if (token === undefined) return { status: 401, headers: { 'WWW-Authenticate': 'Bearer' }, body: 'a token is needed\n' }
    const answer = await fetch(options.url, { headers: { authorization: token }, signal: AbortSignal.timeout(options.within) })
    const user = await answer.text()
    if (!answer.ok) {
      log.info('a token was refused', { status: answer.status })
      return { status: 403, body: 'the token is not known\n' }
    }
    request.headers.set('X-User', user.trim())
    return undefined
  },
})
