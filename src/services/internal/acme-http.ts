import type { Dispatch, DispatchHandler } from '../../dispatch/dispatch.ts'
import { reply, replyError } from '../../dispatch/reply.ts'
import { Headers } from '../../http/headers.ts'
import { canonicalHost, withoutTrailingDot } from '../../http/host.ts'
import type { RequestHead } from '../../http/request.ts'
import type { HttpChallenge } from '../../tls/settings.ts'

/** Where authorities look for the answer (RFC 8555 §8.3). */
export const CHALLENGE_PATH = '/.well-known/acme-challenge/'

/** `acme-http@internal`: tells authorities of certificates what they expect for a token and a host; everyone else gets 404. */
export class AcmeHttp {
  #answers: ReadonlyMap<string, HttpChallenge> = new Map()

  replace(challenges: readonly HttpChallenge[]): void {
    this.#answers = new Map(challenges.map((challenge) => [keyOf(challenge), challenge]))
  }

  readonly dispatch: Dispatch = (request: RequestHead, handler: DispatchHandler): boolean => {
    const { path } = request
    const token = path.startsWith(CHALLENGE_PATH) ? path.slice(CHALLENGE_PATH.length) : ''
    const known = this.#answers.get(keyOf({ host: withoutTrailingDot(canonicalHost(request.host)), token }))
    if (known === undefined) return replyError(handler, 'GTW_NO_ROUTER')
    return reply(handler, 200, new Headers(['Content-Type', 'application/octet-stream']), Buffer.from(known.answer, 'latin1'))
  }
}

function keyOf({ host, token }: Pick<HttpChallenge, 'host' | 'token'>): string {
  return `${host}/${token}`
}
