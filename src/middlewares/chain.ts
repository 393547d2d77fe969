import { compose } from '../dispatch/compose.ts'
import { list, object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'

/** Several middlewares under one name. */
export const chain = defineMiddleware({
  name: 'chain',
  options: object('Several middlewares under one name.', {
    middlewares: list(string('Name of a middleware.'), 'Middlewares in the order in which a request meets them.', { default: [] }),
  }),
  references: ({ middlewares }) => middlewares.map((name, index) => ({ kind: 'middlewares', name, place: ['middlewares', index] })),
  build: ({ middlewares }, context) => {
    const links = middlewares.map(context.middleware)
    return (next) => compose(links, next)
  },
})
