export type { Dispatch, DispatchController, DispatchHandler, Middleware, Tunnel } from '../dispatch/dispatch.ts'
export { ForwardingHandler } from '../dispatch/forwarding-handler.ts'
export { Headers } from '../http/headers.ts'
export type { BodySink, Peer, RequestBody, RequestHead, TlsFacts } from '../http/request.ts'
export {
  anything,
  boolean,
  duration,
  enumeration,
  filled,
  type Infer,
  integer,
  list,
  map,
  number,
  object,
  required,
  type Schema,
  section,
  string,
} from '../schema/index.ts'
export { type Answer, answer } from './answer.ts'
export {
  defineMiddleware,
  type Given,
  type Hooks,
  type ResponseHead,
  type UserContext as MiddlewareContext,
  type UserLog as MiddlewareLog,
  type UserMiddleware as MiddlewareDefinition,
} from './definition.ts'
