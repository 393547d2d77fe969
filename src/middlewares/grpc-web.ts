import { list, object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { GrpcWebCors } from './grpc-web/cors.ts'
import { DecodedBody } from './grpc-web/decoded-body.ts'
import { asGrpc, isGrpcWeb, isText } from './grpc-web/media-type.ts'
import { GrpcWebHandler } from './grpc-web/response.ts'

/** Lets browsers speak with gRPC servers: they cannot read trailers, so these travel in the content. */
export const grpcWeb = defineMiddleware({
  name: 'grpcWeb',
  options: object('Translates gRPC-Web into gRPC.', {
    allowOrigins: list(string('An origin, for instance `https://example.com`.'), 'Origins that are allowed; `*` for all.', { default: [] }),
  }),
  build: ({ allowOrigins }) => {
    const cors = new GrpcWebCors(allowOrigins)
    return (next) =>
      function grpcWeb(request, handler) {
        const { method, headers, body } = request
        if (method === 'OPTIONS' && cors.isPreflight(headers)) return cors.answerPreflight(headers, handler)
        const mediaType = headers.get('content-type') ?? ''
        if (method !== 'POST' || !isGrpcWeb(mediaType)) return next(request, handler)
        headers.set('Content-Type', asGrpc(mediaType))
        headers.contentLength = -1
        if (body !== undefined && isText(mediaType)) request.body = new DecodedBody(body)
        request.acceptsTrailers = true
        return next(request, new GrpcWebHandler(handler, mediaType, cors.fieldsFor(headers.get('origin') ?? '')))
      }
  },
})
