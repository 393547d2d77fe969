import { defineMiddleware, object, string } from 'gateway/middleware'

/** Tells the server by a secret that a request came through the gateway; whoever comes past it does not know the secret. */
export default defineMiddleware({
  name: 'secretHeader',
  options: object('Adds a header field with a secret to each request.', {
    header: string('Name of the field.', { default: 'X-Gateway-Secret' }),
    secret: string('Its value.', { required: true, secret: true }),
  }),
  request(request, { options }) {
    request.headers.set(options.header, options.secret)
  },
  response({ headers }, _request, { options }) {
    headers.delete(options.header.toLowerCase())
  },
})
