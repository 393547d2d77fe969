import type { Dispatch, DispatchHandler } from '../dispatch/dispatch.ts'
import { ReplayBody } from '../dispatch/replay-body.ts'
import { forgetExpectation, replayMemory } from '../dispatch/replay-memory.ts'
import { replyEmpty } from '../dispatch/reply.ts'
import type { Headers } from '../http/headers.ts'
import type { RequestHead } from '../http/request.ts'
import { boolean, type Infer, integer, list, object, section, string } from '../schema/index.ts'
import { defineMiddleware, type MiddlewareContext } from './definition.ts'
import { type AuthAddress, expectedOfAddress, readAddress } from './forward-auth/auth-address.ts'
import { AuthExchange, type AuthRules } from './forward-auth/auth-exchange.ts'
import { AuthRequests } from './forward-auth/auth-request.ts'
import { CookiesAdded, GrantedHeaders } from './forward-auth/granted-headers.ts'
import { expectedOfFieldName } from './shared/field-text.ts'
import { expectedOfRegex } from './shared/regex-option.ts'
import { askedTlsOptions, prepareTls } from './shared/tls-options.ts'
import { dispatchLater } from './shared/waiting.ts'
import { WholeContent } from './shared/whole-content.ts'

const fieldNames = (description: string) => list(string('Name of a field.', { check: expectedOfFieldName }), description, { default: [] })

const options = object('Asks another server whether a request may go on.', {
  address: string('The URL that is asked.', { required: true, check: expectedOfAddress }),
  tls: section(askedTlsOptions, 'TLS towards that server.'),
  trustForwardHeader: boolean(
    'Whether `X-Forwarded-*` of the request are passed on as they are (true) or made anew (false); without it, only some are made anew.',
  ),
  authResponseHeaders: fieldNames('Fields of the answer that are put into the request.'),
  authResponseHeadersRegex: string('The same for all fields whose name matches.', {
    check: (text) => (text === '' ? undefined : expectedOfRegex(text)),
  }),
  authRequestHeaders: fieldNames('Fields of the request that are sent to that server; without any, all.'),
  addAuthCookiesToResponse: list(string('Name of a cookie.'), 'Cookies of the answer that are given to the client.', { default: [] }),
  headerField: string('Field of the answer that names the user, for logs.'),
  forwardBody: boolean('Send the content of the request too.', { default: false }),
  maxBodySize: integer('With `forwardBody`: requests with more octets of content are refused (401); -1: no limit but that of the memory.', {
    default: -1,
  }),
  maxResponseBodySize: integer('Answers with more octets of content refuse the request (401); -1: no limit.', { default: -1 }),
  preserveLocationHeader: boolean('Leave a relative `Location` of the answer as it is.', { default: false }),
  preserveRequestMethod: boolean('Ask with the method of the request instead of GET.', { default: false }),
  authSigninURL: string('Where clients are redirected to in the place of an answer 401.'),
})

type Options = Infer<typeof options>

/** Asks another server whether a request may go on. */
export const forwardAuth = defineMiddleware({
  name: 'forwardAuth',
  options,
  prepare: (options, files) => (options.tls === undefined ? options : { ...options, tls: prepareTls(options.tls, files) }),
  build: (options, context) => {
    const address = readAddress(options.address)
    if (address === undefined) throw new Error(`address: ${expectedOfAddress(options.address)}`)
    const ask = context.ask(address.origin, options.tls)
    return (next) => new ForwardAuth({ ask, address, options }, context, next).dispatch
  },
})

interface Asked {
  readonly ask: Dispatch
  readonly address: AuthAddress
  readonly options: Options
}

class ForwardAuth {
  readonly #requests: AuthRequests
  readonly #rules: AuthRules
  readonly #keeps: Pick<Options, 'forwardBody' | 'maxBodySize'>
  readonly #memory: ReturnType<typeof replayMemory>

  constructor({ ask, address, options }: Asked, context: MiddlewareContext, next: Dispatch) {
    const granted = new GrantedHeaders(options.authResponseHeaders, options.authResponseHeadersRegex)
    const cookies = new Set(options.addAuthCookiesToResponse)
    this.#requests = new AuthRequests(address, options)
    this.#keeps = options
    this.#memory = replayMemory(context)
    this.#rules = {
      ask,
      time: context.time,
      maxResponseBodySize: options.maxResponseBodySize,
      signInUrl: options.authSigninURL ?? '',
      location: (text) => locationOf(text, address.url, options.preserveLocationHeader),
      grant: (request, handler, answer) => {
        granted.move(answer, request.headers)
        dispatchLater(next, request, withCookies(handler, cookies, answer))
      },
    }
  }

  readonly dispatch: Dispatch = (request, handler) => {
    const question = this.#requests.for(request)
    if (this.#keeps.forwardBody && request.body !== undefined) return this.#askWithContent(question, request, handler)
    new AuthExchange(this.#rules, request, handler).ask(question)
    return true
  }

  #askWithContent(question: RequestHead, request: RequestHead, handler: DispatchHandler): boolean {
    const { body } = request
    const { maxBodySize } = this.#keeps
    if (body === undefined || (maxBodySize >= 0 && body.length > maxBodySize)) return replyEmpty(handler, 401)
    const replay = new ReplayBody(body, maxBodySize, this.#memory)
    const whole = new WholeContent(replay, handler, {
      onWhole: () => {
        forgetExpectation(request)
        question.body = replay.open()
        request.body = replay.open()
        new AuthExchange(this.#rules, request, handler).ask(question, () => replay.release())
      },
      onTooLarge: () => replyEmpty(handler, 401),
    })
    return whole.read()
  }
}

function withCookies(handler: DispatchHandler, names: ReadonlySet<string>, answer: Headers): DispatchHandler {
  if (names.size === 0) return handler
  const cookies = answer.values('set-cookie')
  return cookies.length === 0 ? handler : new CookiesAdded(handler, names, cookies)
}

function locationOf(text: string, base: string, preserved: boolean): string | undefined {
  if (!URL.canParse(text, base)) return undefined
  return preserved || URL.canParse(text) ? text : new URL(text, base).href
}
