import { addPrefix } from './add-prefix.ts'
import { basicAuth } from './basic-auth.ts'
import { buffering } from './buffering.ts'
import { chain } from './chain.ts'
import { circuitBreaker } from './circuit-breaker.ts'
import { compress } from './compress.ts'
import { contentType } from './content-type.ts'
import { custom } from './custom.ts'
import type { MiddlewareDefinition } from './definition.ts'
import { digestAuth } from './digest-auth.ts'
import { encodedCharacters } from './encoded-characters.ts'
import { errors } from './errors.ts'
import { forwardAuth } from './forward-auth.ts'
import { grpcWeb } from './grpc-web.ts'
import { headers } from './headers.ts'
import { inFlightReq } from './in-flight-req.ts'
import { ipAllowList } from './ip-allow-list.ts'
import { ipWhiteList } from './ip-white-list.ts'
import { passTLSClientCert } from './pass-tls-client-cert.ts'
import { rateLimit } from './rate-limit.ts'
import { redirectRegex } from './redirect-regex.ts'
import { redirectScheme } from './redirect-scheme.ts'
import { replacePath } from './replace-path.ts'
import { replacePathRegex } from './replace-path-regex.ts'
import { retry } from './retry.ts'
import { stripPrefix } from './strip-prefix.ts'
import { stripPrefixRegex } from './strip-prefix-regex.ts'

/** Every kind of middleware that can be built, by its key in the configuration: the only list. */
export const middlewareCatalogue = {
  addPrefix,
  basicAuth,
  buffering,
  chain,
  circuitBreaker,
  compress,
  contentType,
  custom,
  digestAuth,
  encodedCharacters,
  errors,
  forwardAuth,
  grpcWeb,
  headers,
  inFlightReq,
  ipAllowList,
  ipWhiteList,
  passTLSClientCert,
  rateLimit,
  redirectRegex,
  redirectScheme,
  replacePath,
  replacePathRegex,
  retry,
  stripPrefix,
  stripPrefixRegex,
} satisfies Record<string, MiddlewareDefinition>
