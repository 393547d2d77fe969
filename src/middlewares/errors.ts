import { FieldNames } from '../http/field-names.ts'
import { expectedOfRange, StatusRanges } from '../http/status-ranges.ts'
import { integer, list, map, object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { ErrorCatcher } from './errors/error-catcher.ts'
import { PageQuery } from './errors/page-query.ts'

/** Answers errors with pages that a service makes. */
export const errors = defineMiddleware({
  name: 'errors',
  options: object('Answers errors with pages of a service.', {
    status: list(string('A status or a range such as `500-599`.', { check: expectedOfRange }), 'Which answers are replaced.', {
      default: [],
    }),
    statusRewrites: map(
      integer('The status that the client gets.', { min: 200, max: 599 }),
      'What a status or a range of those that are intercepted becomes for the client; the first that fits counts.',
    ),
    service: string('The service that makes the pages.', { required: true }),
    query: string(
      'Path and query of a page; `{status}` stands for the status, `{originalStatus}` for the one before `statusRewrites`, `{url}` for the escaped URL of the request.',
      { default: '' },
    ),
    errorRequestHeaders: list(string('Name of a header field.'), 'Request fields that the service gets; without any, all of them.'),
  }),
  references: ({ service }) => [{ kind: 'services', name: service, place: ['service'] }],
  build: ({ status, statusRewrites, service, query, errorRequestHeaders: fields = [] }, context) => {
    const pages = {
      statuses: new StatusRanges(status),
      statusOf: rewriter(statusRewrites),
      query: new PageQuery(query),
      fields: fields.length === 0 ? undefined : new FieldNames(fields.map((name) => name.toLowerCase())),
      service: context.service(service),
    }
    return (next) =>
      function errors(request, handler) {
        return next(request, new ErrorCatcher(handler, pages, request))
      }
  },
})

function rewriter(rewrites: Readonly<Record<string, number>> = {}): (status: number) => number {
  const ranges = Object.entries(rewrites).map(([range, status]) => {
    if (expectedOfRange(range) !== undefined) throw new Error(`statusRewrites: "${range}" is not ${expectedOfRange(range)}`)
    return { range: new StatusRanges([range]), status }
  })
  return (status) => ranges.find(({ range }) => range.has(status))?.status ?? status
}
