import type { Finding } from '../findings/finding.ts'
import { nearest } from '../findings/suggest.ts'
import type { FlatEntry } from '../schema/index.ts'

/** What the variables with one prefix say, ready for `fromFlat`. */
export interface ParsedEnvironment {
  readonly entries: readonly FlatEntry[]
  readonly findings: readonly Finding[]
}

// Kubernetes announces a Service that is called, say, `gateway-ping` to every container in this way.
const SERVICE_LINK = /_(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT(?:_\d+_(?:TCP|UDP)(?:_(?:PROTO|PORT|ADDR))?)?)$/

/**
 * Reads variables such as `GATEWAY_ENTRYPOINTS_WEB_ADDRESS`. What follows the prefix must be one of the roots in upper
 * case: other programs may have variables with our prefix too.
 */
export function parseEnvironment(env: NodeJS.ProcessEnv, prefix: string, roots: Iterable<string>): ParsedEnvironment {
  const known = new Map([...roots].map((root) => [root.toUpperCase(), root]))
  const entries: FlatEntry[] = []
  const findings: Finding[] = []
  for (const variable of Object.keys(env).sort()) {
    const value = env[variable]
    if (value === undefined || !variable.startsWith(prefix) || SERVICE_LINK.test(variable)) continue
    const source = { kind: 'env', variable } as const
    const [root = '', ...steps] = variable.slice(prefix.length).split('_')
    if (known.has(root)) entries.push({ path: [root, ...steps].map((step) => step.toLowerCase()), value, source })
    else findings.push(...resembling(root, [...known.keys()]).map((suggestion) => unknownVariable({ ...source, suggestion }, prefix)))
  }
  return { entries, findings }
}

// Short words are near to everything.
function resembling(root: string, roots: readonly string[]): string[] {
  const suggestion = root.length < 5 ? undefined : nearest(root, roots)
  return suggestion === undefined ? [] : [suggestion]
}

function unknownVariable({ variable, suggestion }: { variable: string; suggestion: string }, prefix: string): Finding {
  return {
    code: 'GTW_UNKNOWN_KEY',
    severity: 'warning',
    message: `the variable ${variable} is ignored: it names no option`,
    source: { kind: 'env', variable },
    suggestion: `${prefix}${suggestion}`,
  }
}
