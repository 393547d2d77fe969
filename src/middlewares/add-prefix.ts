import { object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'

/** Puts a prefix in front of the path of each request. */
export const addPrefix = defineMiddleware({
  name: 'addPrefix',
  options: object('Puts a prefix in front of the request path.', {
    prefix: string('What to add; a missing leading slash is added too.', { required: true, check: checkPrefix }),
  }),
  build: ({ prefix }) => {
    const escaped = escapePath(prefix.startsWith('/') ? prefix : `/${prefix}`)
    return (next) =>
      function addPrefix(request, handler) {
        request.path = escaped + request.path
        return next(request, handler)
      }
  },
})

function checkPrefix(prefix: string): string | undefined {
  return prefix === '' ? 'a prefix that is not empty' : undefined
}

/** The option is written unescaped; what a path cannot hold is escaped once, here (RFC 3986 §3.3). */
function escapePath(text: string): string {
  return encodeURI(text.toWellFormed()).replace(/[?#]/g, encodeURIComponent)
}
