import { hostname } from 'node:os'
import type { Cells } from '../../state/cells.ts'
import { Api, type ApiParts } from './api.ts'
import { type HealthSources, ServerReports } from './health.ts'

interface ApiSources extends Omit<ApiParts, 'hostname' | 'reports'>, Pick<HealthSources, 'factsOf'> {
  /** The memory that all threads share. */
  readonly words: Cells['words']
}

/** The API of a gateway. */
export function openApi({ words, factsOf, ...parts }: ApiSources): Api {
  const reports = new ServerReports({ words, factsOf, places: () => parts.snapshot()?.cells ?? {} })
  return new Api({ ...parts, hostname: hostname(), reports })
}
