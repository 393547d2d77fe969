import { replyText } from '../dispatch/reply.ts'
import { CheckedField } from '../http/checked-field.ts'
import { boolean, deprecated, list, object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { toFieldValue } from './shared/field-text.ts'
import { isUnclean, withSlash } from './shared/path.ts'

/** Removes the first prefix that the path of a request begins with. */
export const stripPrefix = defineMiddleware({
  name: 'stripPrefix',
  options: object('Removes a prefix from the request path.', {
    prefixes: list(string('A prefix, unescaped.'), 'Prefixes to remove; the first that matches wins.', { default: [] }),
    forceSlash: deprecated(boolean('A path always begins with a slash.'), 'has no effect'),
  }),
  build: ({ prefixes }) => {
    const candidates = prefixes.map((prefix) => toCandidate(prefix.trim()))
    return (next) =>
      function stripPrefix(request, handler) {
        for (const candidate of candidates) {
          const length = matchLength(request.path, candidate)
          if (length === -1) continue
          const path = withSlash(request.path.slice(length))
          if (isUnclean(path)) return replyText(handler, 400, 'Bad Request')
          request.path = path
          request.headers.add(candidate.field)
          break
        }
        return next(request, handler)
      }
  },
})

interface Candidate {
  readonly text: string
  readonly octets: Buffer
  readonly field: CheckedField
}

const toCandidate = (text: string): Candidate => ({
  text,
  octets: Buffer.from(text),
  field: new CheckedField('X-Forwarded-Prefix', toFieldValue(text)),
})

/** Octets of `path` that decode to the prefix, or -1 where it begins with something else. */
function matchLength(path: string, { text, octets }: Candidate): number {
  if (path.startsWith(text) && !text.includes('%')) return text.length
  if (!path.includes('%')) return -1
  let at = 0
  for (const octet of octets) {
    const escaped = path[at] === '%'
    const decoded = escaped ? Number.parseInt(path.slice(at + 1, at + 3), 16) : path.charCodeAt(at)
    if (decoded !== octet) return -1
    at += escaped ? 3 : 1
  }
  return at
}
