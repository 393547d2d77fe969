import { enumeration, integer, list, object, string } from '../schema/index.ts'
import { Chooser } from './compress/accepted.ts'
import { CompressedResponse, type CompressRules } from './compress/compressed-response.ts'
import { expectedOfMediaType, MediaTypes } from './compress/media-types.ts'
import { defineMiddleware } from './definition.ts'

const CODINGS = ['gzip', 'br', 'zstd'] as const
const DEFAULT_MINIMUM = 1024

const mediaTypes = (description: string) =>
  list(string('A media type such as `text/html`.', { check: expectedOfMediaType }), description, { default: [] })

/** Compresses responses for clients that accept it. */
export const compress = defineMiddleware({
  name: 'compress',
  options: object(
    'Compresses responses for clients that accept it.',
    {
      encodings: list(enumeration(CODINGS, 'A content coding.'), 'The codings, the preferred one first.', { default: CODINGS }),
      defaultEncoding: enumeration([...CODINGS, ''], 'The coding for clients that say nothing, or that take anything.'),
      minResponseBodyBytes: integer('Responses with fewer octets of content stay as they are; 0 or less: 1024.', {
        default: DEFAULT_MINIMUM,
      }),
      excludedContentTypes: mediaTypes('Types that are not compressed, beside `text/event-stream` and `application/grpc`.'),
      includedContentTypes: mediaTypes('The only types that are compressed.'),
    },
    { standalone: true },
  ),
  build: (options, { time }) => {
    const { encodings, defaultEncoding } = options
    if (encodings.length === 0) throw new Error('at least one encoding must be specified')
    if (defaultEncoding && !encodings.includes(defaultEncoding)) throw new Error(`unsupported default encoding: ${defaultEncoding}`)
    const chooser = new Chooser(encodings, defaultEncoding || undefined)
    const types = new MediaTypes(options.includedContentTypes, options.excludedContentTypes)
    const minimum = options.minResponseBodyBytes > 0 ? options.minResponseBodyBytes : DEFAULT_MINIMUM
    const rules: CompressRules = { types, minimum, time }
    return (next) =>
      function compress(request, handler) {
        const { headers } = request
        if (request.method === 'HEAD' || types.excludes(headers.get('content-type'))) return next(request, handler)
        const chosen = chooser.choose(acceptedBy(headers))
        return next(request, chosen === undefined ? handler : new CompressedResponse(handler, rules, chosen))
      }
  },
})

/** Several lines are one list (RFC 9110 §5.3). */
function acceptedBy(headers: { values(name: string): string[] }): string | undefined {
  const lines = headers.values('accept-encoding')
  return lines.length > 1 ? lines.join(',') : lines[0]
}
