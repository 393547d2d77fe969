import { integer, list, object, string } from '../schema/index.ts'
import type { ServiceReference } from './definition.ts'

const child = object('A service that gets a part of the requests.', {
  name: string('Name of the service.', { required: true }),
  weight: integer('Its share in proportion to the others; 0 or less: none.', { default: 1 }),
})

/** The option `services` of those that choose between several. */
export const childrenOptions = list(child, 'The services to choose from.', { default: [] })

/** The option `healthCheck` of a service above others. */
export const healthOptions = object(
  'Follows the health of the services below, which must check it, and tells it to those above.',
  {},
  { standalone: true },
)

/** What `services` refers to. */
export function referencesOf(services: readonly { readonly name: string }[]): ServiceReference[] {
  return services.map(({ name }, index) => ({ kind: 'services', name, place: ['services', index, 'name'] }))
}
