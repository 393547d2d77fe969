import { Flags } from '@oclif/core'
import { splitStaticFlags } from '../config/flags.ts'
import { type LoadedStatic, type LoadStaticOptions, loadStatic } from '../config/load.ts'
import { staticConfiguration } from '../config/static.ts'
import { type Discovery, discoverProviders } from '../control/providers.ts'
import { type ErrorCode, GatewayError } from '../errors.ts'
import type { Finding } from '../findings/finding.ts'
import { factsOf, type Schema } from '../schema/schema.ts'
import { CommandFailure } from './command-failure.ts'
import { EXIT } from './exit-codes.ts'
import { PlainCommand } from './plain-command.ts'
import { misspeltFlag, unknownFlag } from './unknown-flag.ts'

/** What a command works on: the static configuration, and the providers that plugins bring. */
export interface Loaded {
  readonly static: LoadedStatic
  readonly definitions: Discovery['definitions']
  /** The plugins behind the providers. */
  readonly discovery: Discovery
  /** What was found while plugins were loaded; the static configuration has its own. */
  readonly findings: readonly Finding[]
  /** From what the static configuration was loaded. */
  readonly options: LoadStaticOptions
}

/** A command line in two, and the way to load what it names. */
interface SplitLine {
  readonly rest: string[]
  readonly staticArgs: readonly string[]
  readonly load: (configFile: string | undefined) => Promise<Loaded>
}

/** A command that reads the configuration: `--configFile`, the variables of the environment, and dotted flags. */
export abstract class ConfigurationCommand extends PlainCommand {
  static override baseFlags = {
    configFile: Flags.string({
      char: 'c',
      helpValue: 'FILE',
      summary: 'Static configuration: a YAML, TOML or JSON file.',
      description: 'Without it: gateway.{yml,yaml,toml,json} in the working folder, $XDG_CONFIG_HOME/gateway or /etc/gateway.',
    }),
  }

  /** Takes the flags of the static configuration out of the command line; the command parses the rest. */
  protected async splitFlags(): Promise<SplitLine> {
    const discovery = discoverProviders(await this.config.runHook('gateway:providers', {}, undefined, true))
    const { definitions, findings } = discovery
    const schema = staticConfiguration(definitions)
    const { staticArgs, rest } = splitStaticFlags(this.argv, schema)
    this.#schema = schema
    const load = async (configFile: string | undefined): Promise<Loaded> => {
      const from = { argv: staticArgs, env: process.env, cwd: process.cwd(), providers: definitions }
      const options = configFile === undefined ? from : { ...from, configFile }
      const loaded = await loadStatic(options)
      const misspelt = loaded.findings.map(misspeltFlag).find((message) => message !== undefined)
      if (misspelt !== undefined) throw new CommandFailure(misspelt, EXIT.usage)
      return { static: loaded, definitions, discovery, findings, options }
    }
    return { rest: [...rest], staticArgs, load }
  }

  #schema: Schema | undefined

  protected override async catch(error: Error): Promise<unknown> {
    return super.catch(this.#toFailure(error))
  }

  #toFailure(error: Error & { readonly flags?: unknown }): Error {
    if (error instanceof GatewayError)
      return new CommandFailure(error.message, CANNOT_LOAD.includes(error.code) ? EXIT.cannotLoad : EXIT.findings)
    if (!Array.isArray(error.flags)) return error
    const own = Object.keys({ ...this.ctor.flags, ...this.ctor.baseFlags })
    const known = [...own, ...(this.ctor.enableJsonFlag ? ['json'] : []), ...rootsOf(this.#schema)]
    return new CommandFailure(`${unknownFlag(String(error.flags[0]), known)}\nSee \`${this.config.bin} ${this.id} --help\`.`, EXIT.usage)
  }
}

const CANNOT_LOAD: readonly ErrorCode[] = ['GTW_CONFIG_UNREADABLE', 'GTW_LISTEN_FAILED']

function rootsOf(schema: Schema | undefined): Iterable<string> {
  const facts = schema && factsOf(schema)
  return facts?.kind === 'object' ? facts.fields.keys() : []
}
