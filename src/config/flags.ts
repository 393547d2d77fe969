import type { Finding } from '../findings/finding.ts'
import type { FlatEntry } from '../schema/index.ts'
import { type Facts, factsOf, type Schema } from '../schema/schema.ts'
import { REMOVED_ROOTS } from './removed.ts'

/** A command line in two: what belongs to the static configuration, and what the command itself parses. */
export interface SplitFlags {
  /** Each as `--name=value`, or as `--name` where a value is missing. */
  readonly staticArgs: readonly string[]
  readonly rest: readonly string[]
}

const FLAG = /^--?(?<name>[^-=][^=]*)(?:=(?<value>.*))?$/s

/**
 * Takes the flags of the static configuration out of a command line: those with a dot in their name, and those named
 * like a root of the vocabulary. Names are compared without regard to case; one dash is as good as two.
 */
export function splitStaticFlags(argv: readonly string[], schema: Schema): SplitFlags {
  const staticArgs: string[] = []
  const rest: string[] = []
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? ''
    if (argument === '--') return { staticArgs, rest: [...rest, ...argv.slice(index)] }
    const flag = readFlag(argument, argv[index + 1], schema)
    if (flag === undefined) rest.push(argument)
    else if (isConfigFile(flag.name)) rest.push(join('configFile', flag.value))
    else staticArgs.push(join(flag.name, flag.value))
    if (flag?.tookNext) index += 1
  }
  return { staticArgs, rest }
}

interface ReadFlag {
  readonly name: string
  /** Undefined where it is missing. */
  readonly value: string | undefined
  readonly tookNext: boolean
}

/** Undefined where the argument is no flag of the static configuration. */
function readFlag(argument: string, next: string | undefined, schema: Schema): ReadFlag | undefined {
  const { name, value } = FLAG.exec(argument)?.groups ?? {}
  const arity = name === undefined ? undefined : arityOf(name, schema)
  if (name === undefined || arity === undefined) return undefined
  if (value !== undefined) return { name, value, tookNext: false }
  const tookNext = next !== undefined && (arity === 'value' || (arity === 'unknown' && !next.startsWith('-')))
  if (tookNext) return { name, value: next, tookNext }
  return { name, value: arity === 'value' ? undefined : 'true', tookNext }
}

/** What static flags say, ready for `fromFlat`. */
export function parseStaticFlags(staticArgs: readonly string[]): {
  readonly entries: readonly FlatEntry[]
  readonly findings: readonly Finding[]
} {
  const entries: FlatEntry[] = []
  const findings: Finding[] = []
  for (const argument of staticArgs) {
    const { name = '', value } = FLAG.exec(argument)?.groups ?? {}
    const source = { kind: 'flag', flag: `--${name}` } as const
    if (value !== undefined) entries.push({ path: name.split('.'), value, source })
    else findings.push({ code: 'GTW_MISSING', severity: 'error', message: `the flag --${name} needs a value`, source })
  }
  return { entries, findings }
}

const join = (name: string, value: string | undefined): string => (value === undefined ? `--${name}` : `--${name}=${value}`)

const isConfigFile = (name: string): boolean => name.toLowerCase() === 'configfile'

/** Whether a flag takes the next argument as its value; an unknown option takes it where it does not look like a flag. */
type Arity = 'switch' | 'value' | 'unknown'

function arityOf(name: string, schema: Schema): Arity | undefined {
  if (isConfigFile(name)) return 'value'
  const [root = '', ...steps] = name.replaceAll('[', '.[').split('.')
  const top = stepInto(factsOf(schema), root)
  // Every root is a section, also one that cannot be used yet.
  if (steps.length === 0) return top !== undefined || REMOVED_ROOTS.has(root.toLowerCase()) ? 'switch' : undefined
  const facts = steps.reduce<Facts | undefined>((at, step) => (at === undefined ? undefined : stepInto(at, step)), top)
  if (facts === undefined || facts.kind === 'unsupported' || facts.kind === 'anything') return 'unknown'
  if (facts.kind === 'scalar') return facts.type === 'boolean' ? 'switch' : 'value'
  return facts.kind === 'list' ? 'value' : 'switch'
}

function stepInto(facts: Facts, step: string): Facts | undefined {
  if (facts.kind === 'map' || facts.kind === 'list') return factsOf(facts.item)
  if (facts.kind !== 'object') return undefined
  const field = facts.fields.get(facts.names.get(step.toLowerCase()) ?? '')
  return field === undefined ? undefined : factsOf(field)
}
