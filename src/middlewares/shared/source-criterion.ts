import type { RequestHead } from '../../http/request.ts'
import { boolean, type Infer, object, section, string } from '../../schema/index.ts'
import { expectedOfFieldName } from './field-text.ts'
import { clientIp, ipStrategyOptions } from './ip-strategy.ts'

/** What makes requests those of one source. */
export const sourceCriterionOptions = object('What makes requests those of one source: one of these.', {
  ipStrategy: section(ipStrategyOptions, 'Requests of one client address.'),
  requestHeaderName: string('Requests with the same value of this field; those without it are of one source too.', {
    check: (text) => (text === '' ? undefined : expectedOfFieldName(text)),
  }),
  requestHost: boolean('Requests for the same host, with its port.', { default: false }),
})

type SourceCriterion = Partial<Infer<typeof sourceCriterionOptions>>

/** Makes the function that names the source of a request. */
export function sourceOf({ ipStrategy, requestHeaderName, requestHost }: SourceCriterion): (request: RequestHead) => string {
  // As everywhere, an empty text is none.
  const name = requestHeaderName || undefined
  if (ipStrategy !== undefined && name !== undefined) throw exclusive('ipStrategy', 'requestHeaderName')
  if (ipStrategy !== undefined && requestHost) throw exclusive('ipStrategy', 'requestHost')
  if (name !== undefined && requestHost) throw exclusive('requestHost', 'requestHeaderName')
  if (name !== undefined) {
    const lowerName = name.toLowerCase()
    return (request) => request.headers.get(lowerName) ?? ''
  }
  return requestHost ? (request) => request.host : clientIp(ipStrategy)
}

function exclusive(one: string, other: string): Error {
  return new Error(`sourceCriterion: ${one} and ${other} are mutually exclusive`)
}
