import type { Finding } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { INTERNAL, publishedOn } from './complete-static.ts'
import type { EntryPoint } from './entry-point.ts'
import type { LoadedStatic } from './load.ts'
import type { StaticConfiguration } from './static.ts'

/** A static configuration without the elements that hold an unknown key. */
export interface Usable {
  readonly configuration: StaticConfiguration
  /** Each unknown key is a warning that tells what is off because of it; an error that is left forbids the start. */
  readonly findings: readonly Finding[]
  /** Paths of the elements that are off. */
  readonly disabled: readonly string[]
}

type Loaded = Pick<LoadedStatic, 'configuration' | 'findings' | 'provenance'>

/**
 * Takes out what holds an unknown key: served half-configured it could mean something else. All other errors stay, but for
 * options that an element lacks which is off anyway: most likely the unknown key is one of them, misspelt.
 */
export function disableElements(loaded: Loaded): Usable {
  const { configuration } = loaded
  const unknown = loaded.findings.filter(isUnknownKey)
  const disabled = new Set(unknown.flatMap((finding) => offBecauseOf(finding, configuration)))
  const usable = withoutElements(loaded, disabled)
  const findings = loaded.findings.flatMap((finding) => {
    if (unknown.includes(finding)) return [toWarning(finding, offBecauseOf(finding, configuration))]
    return finding.code === 'GTW_MISSING' && isInside(finding, disabled) ? [] : [finding]
  })
  return { configuration: usable, findings: [...findings, ...refusals(loaded, usable)], disabled: [...disabled] }
}

// Whoever misspells a flag is there to read the answer: that stays an error. Without a path, nobody knows what holds the key.
function isUnknownKey({ code, severity, path, source }: Finding): boolean {
  return code === 'GTW_UNKNOWN_KEY' && severity === 'error' && path !== undefined && source?.kind !== 'flag'
}

/** Paths of the elements that cannot be served: the one that holds the key, and ping, the API or the metrics where they go with their entry point. */
function offBecauseOf({ path = '' }: Finding, configuration: StaticConfiguration): string[] {
  const { entryPoints, providers } = configuration
  const [root = '', name = '', ...rest] = stepsOf(path)
  switch (root.toLowerCase()) {
    case 'entrypoints': {
      const entryPoint = nameIn(entryPoints, name)
      return [dotted(['entryPoints', entryPoint]), ...publishedOn(configuration, entryPoint)]
    }
    case 'providers':
      return rest.length === 0 ? [] : [dotted(['providers', nameIn(providers, name)])]
    case 'ping':
    case 'api':
    case 'metrics':
      return [root.toLowerCase()]
    default:
      return []
  }
}

function stepsOf(path: string): string[] {
  return (path.match(/"(?:[^"\\]|\\.)*"|[^."]+/g) ?? []).map((step) => (step.startsWith('"') ? JSON.parse(step) : step))
}

// A path has the spelling of its source, and variables know no case.
function nameIn(elements: object, written: string): string {
  if (Object.hasOwn(elements, written)) return written
  return Object.keys(elements).find((name) => name.toLowerCase() === written.toLowerCase()) ?? written
}

function withoutElements(loaded: Loaded, disabled: ReadonlySet<string>): StaticConfiguration {
  const { entryPoints, providers, ping, api, metrics, ...rest } = loaded.configuration
  const keep = <T extends object>(kind: string, elements: T): T =>
    Object.fromEntries(Object.entries(elements).filter(([name]) => !disabled.has(dotted([kind, name])))) as T
  const kept = {
    ...rest,
    ...(ping === undefined || disabled.has('ping') ? {} : { ping }),
    ...(api === undefined || disabled.has('api') ? {} : { api }),
    ...(metrics === undefined || disabled.has('metrics') ? {} : { metrics }),
    entryPoints: keep('entryPoints', entryPoints),
    providers: keep('providers', providers),
  }
  // Nobody wrote it, and it would answer nothing.
  const isIdle = (name: string): boolean => isAdded(name, loaded) && publishedOn(kept, name).length === 0
  return { ...kept, entryPoints: Object.fromEntries(Object.entries(kept.entryPoints).filter(([name]) => !isIdle(name))) }
}

/** An entry point that is there for the sake of others. */
function isAdded(name: string, { provenance }: Loaded): boolean {
  return INTERNAL.includes(name) && provenance(['entryPoints', name, 'address'])?.kind === 'default'
}

function isInside({ path = '' }: Finding, disabled: ReadonlySet<string>): boolean {
  return [...disabled].some((element) => path.toLowerCase().startsWith(`${element.toLowerCase()}.`))
}

function toWarning(finding: Finding, off: readonly string[]): Finding {
  const consequence = off.length === 0 ? 'ignored' : `${off.join(' and ')} ${off.length === 1 ? 'is' : 'are'} off`
  return { ...finding, severity: 'warning', message: `${consequence}: ${finding.message}` }
}

/** What must not be served with the elements that are left. */
function refusals({ configuration, findings }: Loaded, usable: StaticConfiguration): Finding[] {
  const [before, after] = [serving(configuration), serving(usable)]
  if (Object.keys(configuration.entryPoints).every((name) => Object.hasOwn(usable.entryPoints, name))) return []
  if (after.length === 0) return [{ ...REFUSED, message: 'no entry point is left' }]
  const hasDefault = (entryPoints: readonly EntryPoint[]): boolean => entryPoints.some(({ asDefault }) => asDefault)
  const hadDefault = hasDefault(before) || findings.some((finding) => isUnknownKey(finding) && finding.suggestion === 'asDefault')
  // Routers that name no entry point would be served on all that are left, where they never were meant to be.
  return hadDefault && !hasDefault(after) ? [{ ...REFUSED, message: 'no entry point with `asDefault` is left' }] : []
}

const REFUSED = { code: 'GTW_MISSING', severity: 'error', path: 'entryPoints' } as const

/** The entry points that serve the routers of users. */
function serving({ entryPoints }: StaticConfiguration): EntryPoint[] {
  return Object.entries(entryPoints).flatMap(([name, entryPoint]) => (INTERNAL.includes(name) ? [] : [entryPoint]))
}
