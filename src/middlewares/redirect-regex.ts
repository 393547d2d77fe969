import { compileGoRegex } from '../regex/go-regex.ts'
import { boolean, object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { redirect } from './shared/redirection.ts'
import { expectedOfRegex } from './shared/regex-option.ts'

/** Redirects where a regular expression matches the URL and changes it. */
export const redirectRegex = defineMiddleware({
  name: 'redirectRegex',
  options: object('Redirects by a regular expression.', {
    regex: string('A regular expression that is matched against the whole URL, for instance `http://example.com/path?query`.', {
      required: true,
      check: expectedOfRegex,
    }),
    replacement: string('What every match becomes; `$1` and `$name` stand for groups of the expression.', { default: '' }),
    permanent: boolean('Redirect for good (301 or 308) instead of for now (302 or 307).', { default: false }),
  }),
  build: ({ regex, replacement, permanent }) => {
    const expression = compileGoRegex(regex)
    const leadsToHost = /^[/\\]{2}/.test(replacement)
    return (next) =>
      function redirectRegex(request, handler) {
        const url = `${request.scheme}://${request.host}${request.target}`
        if (!expression.test(url)) return next(request, handler)
        const replaced = expression.replaceAll(url, replacement)
        if (replaced === url) return next(request, handler)
        return redirect(request, handler, leadsToHost ? replaced : onThisHost(replaced), permanent)
      }
  },
})

/** The slashes of a path must not turn into the start of a host that the client chose (RFC 3986 §4.2). */
function onThisHost(url: string): string {
  return url.replace(/^[/\\]+/, '/')
}
