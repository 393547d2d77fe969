import { object, section } from '../schema/index.ts'
import { balance } from './balance.ts'
import { buildChildren } from './child.ts'
import { childrenOptions, healthOptions, referencesOf } from './children-options.ts'
import { defineService } from './definition.ts'
import { anyUp } from './member.ts'
import { HighestRandomWeight } from './strategy/hrw.ts'

/** Spreads clients over services by their addresses. */
export const highestRandomWeight = defineService({
  name: 'highestRandomWeight',
  options: object('Spreads clients over services: the address of a client decides.', {
    services: childrenOptions,
    healthCheck: section(healthOptions),
  }),
  references: ({ services }) => referencesOf(services),
  build: ({ services, healthCheck }, context) => {
    const reportsHealth = healthCheck !== undefined
    const children = buildChildren(services, context, reportsHealth)
    return {
      dispatch: balance(new HighestRandomWeight(children), undefined),
      isUp: () => anyUp(children),
      reportsHealth,
      kind: 'HRW',
    }
  },
})
