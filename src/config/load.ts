import { resolve } from 'node:path'
import type { Finding, Path, Source } from '../findings/finding.ts'
import { toFindings } from '../findings/from-issues.ts'
import { loadDocument } from '../findings/load-document.ts'
import { check } from '../schema/index.ts'
import { completeStatic } from './complete-static.ts'
import { candidateFiles, findFile, isForeignName } from './find-file.ts'
import { splitStaticFlags } from './flags.ts'
import { type Layer, mergeLayers, originAround, originOf } from './layers.ts'
import { type ReadContext, readConfigFile, readEnvironment, readFlags } from './read-layers.ts'
import { removedOptions } from './removed.ts'
import { type ProviderOptions, type StaticConfiguration, staticConfiguration } from './static.ts'

/** Everything that the static configuration can come from. */
export interface LoadStaticOptions {
  /** Flags of the static configuration, among them `--configFile` where the caller did not take it. */
  readonly argv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly configFile?: string
  readonly providers: readonly ProviderOptions[]
  /** Reads the text of the file, where the caller knows better than `loadDocument`. */
  readonly readDocument?: ReadContext['readDocument']
}

/** The static configuration, and what there is to say about it. */
export interface LoadedStatic {
  readonly configuration: StaticConfiguration
  readonly findings: readonly Finding[]
  /** The file could not be parsed: the findings say where, and the configuration lacks it. */
  readonly fatal: boolean
  readonly file: string | undefined
  /** The source that won for a value; undefined where there is no such value. */
  readonly provenance: (path: Path) => Source | undefined
  /** File, environment and flags in one, as written. */
  readonly tree: unknown
}

/** Loads the static configuration: flags over environment over file, merged. Throws where the file cannot be read. */
export async function loadStatic({
  argv,
  env,
  cwd,
  configFile,
  providers,
  readDocument = loadDocument,
}: LoadStaticOptions): Promise<LoadedStatic> {
  const installed = providers.map(({ name }) => name)
  const schema = staticConfiguration(providers)
  const context: ReadContext = { schema, removed: removedOptions(installed), env, cwd, readDocument }
  const { staticArgs, rest } = splitStaticFlags(argv, schema)
  const named = configFile ?? lastConfigFile(rest)
  const file = named === undefined ? findFile(candidateFiles(env, cwd)) : resolve(cwd, expandVariables(named, env))

  const read = file === undefined ? undefined : await readConfigFile(file, context)
  const layers = [
    ...(read === undefined ? [] : [read]),
    readEnvironment('TRAEFIK_', context),
    readEnvironment('GATEWAY_', context),
    readFlags(staticArgs, context),
  ]
  const tree = mergeLayers(layers)
  const checked = check(schema, tree)
  const { configuration, issues } = completeStatic(checked.value, installed)
  const fatal = file !== undefined && read?.tree === undefined
  const early = [
    ...(named === undefined && file !== undefined && isForeignName(file) ? [foreignName(file)] : []),
    ...rest.filter((argument) => !argument.startsWith(CONFIG_FILE)).map(unknownFlag),
    ...layers.flatMap(({ findings }) => findings),
  ]
  // Without the file, everything that refers to something in it would look wrong.
  const late = fatal ? [] : toFindings([...checked.issues, ...issues], (path, at) => originAround(layers, path, at))
  return {
    configuration,
    findings: [...early, ...withoutEchoes(late, early)],
    fatal,
    file,
    provenance: (path) => provenanceOf(path, layers, configuration),
    tree,
  }
}

const CONFIG_FILE = '--configFile='

function lastConfigFile(rest: readonly string[]): string | undefined {
  return rest.findLast((argument) => argument.startsWith(CONFIG_FILE))?.slice(CONFIG_FILE.length)
}

function expandVariables(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, bare?: string) => env[braced ?? bare ?? ''] ?? '')
}

function foreignName(file: string): Finding {
  return {
    code: 'GTW_COMPATIBILITY',
    severity: 'info',
    message: `no gateway file was found, so ${file} is used`,
    source: { kind: 'file', file, line: 1, column: 1 },
    hint: 'name the file gateway.yml, or name it with --configFile',
  }
}

function unknownFlag(argument: string): Finding {
  const flag = argument.replace(/=.*/s, '')
  const message = flag === '--configFile' ? `the flag ${flag} needs a value` : `unknown argument ${flag}`
  return { code: flag === '--configFile' ? 'GTW_MISSING' : 'GTW_UNKNOWN_KEY', severity: 'error', message, source: { kind: 'flag', flag } }
}

// A value that could not be read is missing later on, or wrong once more: the first word is enough.
function withoutEchoes(late: readonly Finding[], early: readonly Finding[]): Finding[] {
  const said = new Set(early.flatMap(({ path }) => (path === undefined ? [] : [path.toLowerCase()])))
  return late.filter(({ path }) => path === undefined || !said.has(path.toLowerCase()))
}

function provenanceOf(path: Path, layers: readonly Layer[], configuration: StaticConfiguration): Source | undefined {
  const value = path.reduce<unknown>((at, step) => (at as Record<string | number, unknown> | undefined)?.[step], configuration)
  return value === undefined ? undefined : (originOf(layers, path, 'value') ?? { kind: 'default' })
}
