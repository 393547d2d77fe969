import { type DestinationStream, type Logger, pino } from 'pino'

/** A structured logger. Children carry fields of their own; they are made when something is built, never per request. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  child(fields: LogFields): Log
}

type LogFields = Readonly<Record<string, unknown>>

export interface LogOptions {
  /** `trace debug info warn error fatal panic`, in any case. */
  readonly level: string
  readonly format: 'common' | 'json'
  /** ANSI colours, in the common format only. */
  readonly color: boolean
  /** Takes whole lines; standard output where it is not given. */
  readonly destination?: DestinationStream
}

/** Makes the root logger of the process. */
export function createLog(options: LogOptions): Log {
  const level = options.level.toLowerCase()
  const destination = options.destination ?? openLogDestination(1)
  const target = options.format === 'json' ? destination : commonFormat(destination, options.color)
  return wrap(
    pino(
      {
        level: level === 'panic' ? 'fatal' : level,
        base: null,
        messageKey: 'message',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      target,
    ),
  )
}

/** Writes to a file (with the folders above it) or a descriptor; a target that blocks costs lines, never memory or time. */
export function openLogDestination(dest: string | number): LogDestination {
  const destination = pino.destination({ dest, sync: false, mkdir: true, maxLength: 8 * 1024 * 1024 })
  // A full disk must not end the process; the one place left to say so is standard error, and once is enough.
  destination.once('error', (error) => process.stderr.write(`the log cannot be written: ${error.message}\n`))
  destination.on('error', () => {})
  return destination
}

type LogDestination = ReturnType<typeof pino.destination>

function wrap(logger: Logger): Log {
  return {
    debug: (message, fields) => logger.debug(bounded(fields), cut(message)),
    info: (message, fields) => logger.info(bounded(fields), cut(message)),
    warn: (message, fields) => logger.warn(bounded(fields), cut(message)),
    error: (message, fields) => logger.error(bounded(fields), cut(message)),
    child: (fields) => wrap(logger.child(bounded(fields))),
  }
}

const LONGEST = 4096

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

function bounded(fields: LogFields | undefined): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  if (fields === undefined) return kept
  for (const [name, value] of Object.entries(fields)) {
    kept[name] = typeof value === 'string' ? cut(value) : value instanceof Error ? cut(value.message) : plain(value)
  }
  return kept
}

// A number of 64 bits has no JSON form of its own.
function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

const LEVELS: Readonly<Record<string, { readonly label: string; readonly color: string }>> = {
  trace: { label: 'TRC', color: '\x1b[90m' },
  debug: { label: 'DBG', color: '\x1b[90m' },
  info: { label: 'INF', color: '\x1b[32m' },
  warn: { label: 'WRN', color: '\x1b[33m' },
  error: { label: 'ERR', color: '\x1b[31m' },
  fatal: { label: 'FTL', color: '\x1b[1;31m' },
}

/** Turns the lines of pino into lines for people: `2026-11-22T02:15:00Z INF message key=value`. */
function commonFormat(destination: DestinationStream, color: boolean): DestinationStream {
  return {
    write(line) {
      const { level, time, message, ...fields } = JSON.parse(line) as Record<string, unknown>
      const { label, color: paint } = LEVELS[String(level)] ?? { label: String(level), color: '' }
      const parts = [String(time).replace(/\.\d+Z$/, 'Z'), color ? `${paint}${label}\x1b[0m` : label, escapeUnsafe(String(message))]
      for (const [name, value] of Object.entries(fields)) parts.push(`${escapeUnsafe(name)}=${render(value)}`)
      destination.write(`${parts.join(' ')}\n`)
    },
  }
}

function render(value: unknown): string {
  const text = escapeUnsafe(typeof value === 'string' ? value : cut(JSON.stringify(value)))
  return text === '' || /[\s"=]/.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text
}

// What comes from the wire must not forge a line or steer a terminal: C0, DEL, C1 and the Unicode line ends.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\\]/g

function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === '\\') return '\\\\'
    if (character === '\n') return '\\n'
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
