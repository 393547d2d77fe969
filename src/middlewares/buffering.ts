import { integer, object, string } from '../schema/index.ts'
import { BufferedRequest, type BufferingRules } from './buffering/buffered-request.ts'
import { retryFunctions } from './buffering/functions.ts'
import { defineMiddleware } from './definition.ts'
import { compileExpression, problemOf } from './shared/expression.ts'

const DEFAULT_IN_MEMORY = 1024 * 1024

const octets = (description: string) => integer(description, { default: 0, min: 0 })

/** Holds requests and responses back until they are complete. */
export const buffering = defineMiddleware({
  name: 'buffering',
  options: object('Holds requests and responses back until they are complete.', {
    maxRequestBodyBytes: octets('Requests with more octets of content are refused (413); 0: no limit.'),
    memRequestBodyBytes: octets('Octets of content of a request that stay in memory, the rest goes to a temporary file; 0: 1 MiB.'),
    maxResponseBodyBytes: octets('Responses with more octets of content become a 500; 0: no limit.'),
    memResponseBodyBytes: octets('Octets of content of a response that stay in memory, the rest goes to a temporary file; 0: 1 MiB.'),
    retryExpression: string('When a request is sent again, for instance `IsNetworkError() && Attempts() < 2`.', {
      check: (text) => (text === '' ? undefined : problemOf(text, retryFunctions)),
    }),
  }),
  build: (options) => {
    const rules: BufferingRules = {
      maxRequest: options.maxRequestBodyBytes || Number.POSITIVE_INFINITY,
      requestInMemory: options.memRequestBodyBytes || DEFAULT_IN_MEMORY,
      maxResponse: options.maxResponseBodyBytes || Number.POSITIVE_INFINITY,
      responseInMemory: options.memResponseBodyBytes || DEFAULT_IN_MEMORY,
      again: options.retryExpression ? compileExpression(options.retryExpression, retryFunctions) : undefined,
    }
    return (next) =>
      function buffering(request, handler) {
        // What becomes a tunnel cannot be held back.
        if (request.upgrade !== undefined) return next(request, handler)
        return new BufferedRequest(rules, next, { request, handler }).start()
      }
  },
})
