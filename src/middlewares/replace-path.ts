import { object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { badEscape, escapePath, withSlash } from './shared/path.ts'

/** Puts one path in the place of that of every request. */
export const replacePath = defineMiddleware({
  name: 'replacePath',
  options: object('Replaces the request path; the query stays.', {
    path: string('The new path, escaped as in a URL; a `?` in it begins no query.', { required: true, check: checkPath }),
  }),
  build: ({ path }) => {
    const escaped = escapePath(withSlash(path))
    return (next) =>
      function replacePath(request, handler) {
        request.headers.append('X-Replaced-Path', request.path)
        request.path = escaped
        return next(request, handler)
      }
  },
})

function checkPath(path: string): string | undefined {
  return badEscape(path) === undefined ? undefined : 'a path in which every % begins an escape such as %2F'
}
