import type { Dispatch, Middleware } from '../dispatch/dispatch.ts'
import { replyText } from '../dispatch/reply.ts'
import type { CheckedField } from '../http/checked-field.ts'
import { defineMiddleware } from './definition.ts'
import { AllowedHosts } from './headers/allowed-hosts.ts'
import { Cors } from './headers/cors.ts'
import { type Decoration, Decorator } from './headers/decorator.ts'
import { FieldEdits, RequestEdits } from './headers/field-edits.ts'
import { type HeadersOptions, headersOptions } from './headers/options.ts'
import { SecureFields } from './headers/secure-fields.ts'

const NOTHING: readonly CheckedField[] = []

/** Changes the fields of requests and responses: fields of one's own, those that make browsers careful, and CORS. */
export const headers = defineMiddleware({
  name: 'headers',
  options: headersOptions,
  build: (options) => {
    if (!saysAnything(options)) throw new Error('headers configuration not valid')
    const cors = saysCors(options) ? new Cors(options) : undefined
    const change = changeFields(options, { edits: new FieldEdits(options.customResponseHeaders), cors })
    return cors === undefined ? change : (next) => answerPreflights(cors, change(next))
  },
})

/** A preflight meets nothing else of the middleware. */
function answerPreflights(cors: Cors, next: Dispatch): Dispatch {
  return function preflight(request, handler) {
    return cors.isPreflight(request) ? cors.answerPreflight(request, handler) : next(request, handler)
  }
}

function changeFields(options: HeadersOptions, decoration: Decoration): Middleware {
  const requestEdits = new RequestEdits(options.customRequestHeaders)
  const allowed = new AllowedHosts(options)
  const secure = new SecureFields(options)
  const isSilent = secure.isEmpty && decoration.cors === undefined && decoration.edits.list.length === 0
  return (next) =>
    function headers(request, handler) {
      const origin = decoration.cors === undefined ? '' : (request.headers.get('origin') ?? '')
      requestEdits.apply(request)
      if (!allowed.has(request)) return replyText(new Decorator(handler, decoration, NOTHING, origin), 500, 'Bad Host')
      return next(request, isSilent ? handler : new Decorator(handler, decoration, secure.forRequest(request), origin))
    }
}

/** Whether an option says something; what is there by default does not. */
function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return value !== undefined && value !== false && value !== ''
}

function saysAnything(options: HeadersOptions): boolean {
  return Object.values(options).some(isSaid)
}

function saysCors(options: HeadersOptions): boolean {
  return Object.entries(options).some(([name, value]) => (name.startsWith('accessControl') || name === 'addVaryHeader') && isSaid(value))
}
