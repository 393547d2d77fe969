import type { Given, Hooks, UserMiddleware } from '../../middleware-api/definition.ts'

/** The hooks that stand in the definition itself, with what they are given. */
export function hooksOf<Options>(definition: UserMiddleware<Options>, given: Given<Options>): Hooks<unknown> {
  const hooks: Hooks<unknown> = {}
  if (definition.request !== undefined) hooks.request = (request) => definition.request?.(request, given)
  if (definition.response !== undefined) hooks.response = (response, request) => definition.response?.(response, request, given)
  return hooks
}
