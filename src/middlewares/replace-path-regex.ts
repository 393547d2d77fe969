import type { DispatchHandler } from '../dispatch/dispatch.ts'
import { replyText } from '../dispatch/reply.ts'
import { normalizePath } from '../http/target.ts'
import { compileGoRegex } from '../regex/go-regex.ts'
import { object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { badEscape, escapePath, isUnclean, withSlash } from './shared/path.ts'
import { expectedOfRegex } from './shared/regex-option.ts'

/** Rewrites paths by a regular expression. */
export const replacePathRegex = defineMiddleware({
  name: 'replacePathRegex',
  options: object('Rewrites the request path by a regular expression; the query is neither looked at nor changed.', {
    regex: string('A regular expression that is matched against the path, escaped as it was sent.', {
      required: true,
      check: (text) => expectedOfRegex(text.trim()),
    }),
    replacement: string('What every match becomes; `$1` and `$name` stand for groups of the expression.', { default: '' }),
  }),
  build: (options) => {
    const regex = compileGoRegex(options.regex.trim())
    const replacement = options.replacement.trim()
    return (next) =>
      function replacePathRegex(request, handler) {
        const { path } = request
        if (!regex.test(path)) return next(request, handler)
        const replaced = escapePath(withSlash(regex.replaceAll(path, replacement)))
        const normal = normalizePath(replaced)
        if (normal === undefined) return replyBadEscape(handler, replaced)
        if (isUnclean(normal)) return replyText(handler, 400, 'Bad Request')
        request.headers.append('X-Replaced-Path', path)
        request.path = normal
        return next(request, handler)
      }
  },
})

/** An expression may cut an escape in two. */
function replyBadEscape(handler: DispatchHandler, path: string): true {
  return replyText(handler, 500, `invalid URL escape "${badEscape(path)}"`)
}
