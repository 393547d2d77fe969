import type { RequestHead } from '../http/request.ts'
import type { Dispatch, Middleware } from './dispatch.ts'
import { InwardHandler } from './undici/inward-handler.ts'
import { OutwardHandler } from './undici/outward-handler.ts'
import { optionsOf, REQUEST, requestFrom } from './undici/request-options.ts'
import type { UndiciDispatch } from './undici/types.ts'

/** What undici composes dispatchers of. */
export type Interceptor = (dispatch: UndiciDispatch) => UndiciDispatch

/** Hears of each copy of a request that goes on in its place. */
type OnCopy = (copy: RequestHead, original: RequestHead) => void

/**
 * An undici interceptor as a middleware. Upgrades go past it: what an interceptor would do with a socket is not its caller's.
 * An interceptor may dispatch a request again (a retry, a redirection); each time a new copy of it goes on.
 */
export function fromInterceptor(interceptor: Interceptor, onCopy?: OnCopy): Middleware {
  return (next) => {
    const dispatch = interceptor(toUndiciDispatch(next, onCopy))
    return (request, handler) => {
      if (request.upgrade !== undefined) return next(request, handler)
      return dispatch(optionsOf(request), new OutwardHandler(handler)) !== false
    }
  }
}

/** A dispatch as undici knows it, for what came out of `fromInterceptor`. */
function toUndiciDispatch(next: Dispatch, onCopy: OnCopy = () => {}): UndiciDispatch {
  return (options, handler) => {
    const inward = new InwardHandler(handler)
    // Undici never throws for a request that cannot be sent: its handler hears of it.
    const request = inward.try(() => requestFrom(options))
    if (request === undefined) return true
    onCopy(request, options[REQUEST])
    return next(request, inward)
  }
}
