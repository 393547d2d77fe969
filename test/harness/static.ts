import { completeStatic } from '../../src/config/complete-static.ts'
import { type StaticConfiguration, staticConfiguration } from '../../src/config/static.ts'
import type { ProviderDefinition } from '../../src/provider/definition.ts'
import { check } from '../../src/schema/index.ts'

/** A static configuration with its defaults, from what a user would write; throws where that is not valid. */
export function staticOf(written: unknown = {}, definitions: readonly ProviderDefinition[] = []): StaticConfiguration {
  const { value, issues } = check(staticConfiguration(definitions), written)
  const completed = completeStatic(
    value,
    definitions.map(({ name }) => name),
  )
  const issue = [...issues, ...completed.issues].find(({ severity }) => severity === 'error')
  if (issue !== undefined) throw new TypeError(issue.message)
  return completed.configuration
}
