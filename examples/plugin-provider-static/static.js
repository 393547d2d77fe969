import { once } from 'node:events'
import { defineProvider, object, string } from 'gateway/provider'

/** One router and one service, straight from the options. */
export const fromOptions = defineProvider({
  name: 'static',
  options: object('Routes one host to one server.', {
    host: string('The host to answer for.', { required: true }),
    url: string('The URL of the server.', { required: true }),
  }),
  async provide({ options, emit, signal }) {
    if (signal.aborted) return
    emit(messageOf(options))
    await once(signal, 'abort')
  },
  load: async (options) => messageOf(options),
})

function messageOf({ host, url }) {
  const routers = { static: { rule: `Host(\`${host}\`)`, service: 'static' } }
  const services = { static: { loadBalancer: { servers: [{ url }] } } }
  return { configuration: { http: { routers, services } } }
}
