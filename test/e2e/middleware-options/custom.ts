import { expect } from 'vitest'
import { heard, type OptionCase } from './scene.ts'

/** Modules that the cases name, by their path in the folder of the configuration. */
export const MODULES: Readonly<Record<string, string>> = {
  'greeting.ts': `
    import { defineMiddleware, object, string } from 'gateway/middleware'
    export default defineMiddleware({
      options: object('Greets.', { name: string('Whom.', { required: true }) }),
      request: ({ headers }, { options }) => headers.set('X-Greeting', 'hello ' + options.name),
    })`,
  'hanging.ts': `
    import { defineMiddleware } from 'gateway/middleware'
    export default defineMiddleware({ request: () => new Promise(() => {}) })`,
  'node_modules/packed/package.json': '{ "name": "packed", "type": "module", "main": "index.js" }',
  'node_modules/packed/index.js': 'export default { request: ({ headers }) => headers.set("X-Packed", "yes") }',
}

/** Options of `custom`. */
export const customCases: readonly OptionCase[] = [
  {
    title: 'custom runs a file with its options',
    middlewares: () => ({ greeting: { custom: { file: './greeting.ts', options: { name: 'carol' } } } }),
    async prove({ ask }) {
      expect(heard(await ask()).headers['x-greeting']).toBe('hello carol')
    },
  },
  {
    title: 'custom runs a package',
    middlewares: () => ({ packed: { custom: { package: 'packed' } } }),
    async prove({ ask }) {
      expect(heard(await ask()).headers['x-packed']).toBe('yes')
    },
  },
  {
    title: 'custom runs an interceptor',
    middlewares: () => ({ intercepted: { custom: { interceptor: 'responseError' } } }),
    async prove({ ask }) {
      expect((await ask('/?status=418')).status).toBe(418)
      expect((await ask('/x')).status).toBe(200)
    },
  },
  {
    title: 'custom waits no longer than it is told to',
    middlewares: () => ({ hanging: { custom: { file: './hanging.ts', timeout: '1ms' } } }),
    async prove({ ask }) {
      expect((await ask()).status).toBe(504)
    },
  },
]
