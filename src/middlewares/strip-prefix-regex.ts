import { replyText } from '../dispatch/reply.ts'
import { compileGoRegex, type GoRegex } from '../regex/go-regex.ts'
import { list, object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { decodedPath, escapedLengthOf } from './shared/decoded-path.ts'
import { isFieldValue, toFieldValue } from './shared/field-text.ts'
import { isUnclean, withSlash } from './shared/path.ts'
import { expectedOfRegex } from './shared/regex-option.ts'

/** Removes what the first of several regular expressions matches at the start of a path. */
export const stripPrefixRegex = defineMiddleware({
  name: 'stripPrefixRegex',
  options: object('Removes what matches a regular expression from the start of the request path.', {
    regex: list(
      string('A regular expression that is matched against the unescaped path.', { check: (text) => expectedOfRegex(text.trim()) }),
      'Regular expressions; the first that matches the start of the path wins.',
      { default: [] },
    ),
  }),
  build: ({ regex }) => {
    const expressions = regex.map((text) => compileGoRegex(text.trim()))
    return (next) =>
      function stripPrefixRegex(request, handler) {
        const prefix = firstMatch(expressions, decodedPath(request.path))
        if (prefix === '') return next(request, handler)
        const length = escapedLengthOf(request.path, prefix.length)
        const path = withSlash(request.path.slice(length))
        if (isUnclean(path)) return replyText(handler, 400, 'Bad Request')
        // Unescaped, a line end in the path would end the field.
        const shown = isFieldValue(prefix) ? prefix : request.path.slice(0, length)
        request.headers.append('X-Forwarded-Prefix', toFieldValue(shown))
        request.path = path
        return next(request, handler)
      }
  },
})

function firstMatch(expressions: readonly GoRegex[], path: string): string {
  for (const expression of expressions) {
    const match = expression.matchAtStart(path)
    if (match !== '') return match
  }
  return ''
}
