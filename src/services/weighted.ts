import { object, section } from '../schema/index.ts'
import { balance } from './balance.ts'
import { buildChildren } from './child.ts'
import { childrenOptions, healthOptions, referencesOf } from './children-options.ts'
import { defineService } from './definition.ts'
import { anyUp } from './member.ts'
import { stickyOptions } from './sticky/options.ts'
import { Sticky } from './sticky/sticky.ts'
import { roundRobin } from './strategy/strategies.ts'

/** Spreads requests over services, for instance over two versions of one. */
export const weighted = defineService({
  name: 'weighted',
  options: object('Spreads requests over services in proportion to weights.', {
    services: childrenOptions,
    sticky: section(stickyOptions),
    healthCheck: section(healthOptions),
  }),
  references: ({ services }) => referencesOf(services),
  build: ({ services, sticky, healthCheck }, context) => {
    const reportsHealth = healthCheck !== undefined
    const children = buildChildren(services, context, reportsHealth)
    const cookie = sticky?.cookie && new Sticky(sticky.cookie, context.name, children)
    return {
      dispatch: balance(roundRobin(children, context), cookie),
      isUp: () => anyUp(children),
      reportsHealth,
      kind: 'WRR',
    }
  },
})
