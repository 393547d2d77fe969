import { readdirSync, readFileSync } from 'node:fs'

/** One case of a file in this folder. */
export interface WireCase {
  readonly title: string
  readonly input: Buffer
  /** What the response answers; undefined where the input is requests. */
  readonly answers: { readonly method: string; readonly upgrade: string | undefined } | undefined
  readonly events: readonly string[]
}

const REPEATED = /\\\{((?:[^\\}]|\\.)+)\*(\d+)\}/g
const ESCAPED = /\\(?:x([0-9a-f]{2})|([rnt\\]))/g
const LETTERS: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '\\': '\\' }

/** Every Markdown file of this folder but the README, by name without its extension. */
export function wireFiles(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .map((name) => name.slice(0, -'.md'.length))
}

export function readCases(name: string): WireCase[] {
  const text = readFileSync(`${import.meta.dirname}/${name}.md`, 'latin1')
  return text.split(/^## /m).slice(1).map(readCase)
}

/** Octets from the notation that README.md describes. */
function octetsFrom(notation: string): string {
  const written = notation.replace(REPEATED, (_, unit: string, times: string) => unit.repeat(Number(times)))
  return written.replace(ESCAPED, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (LETTERS[letter] as string) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function readCase(text: string): WireCase {
  const title = text.slice(0, text.indexOf('\n'))
  const [, info, lines] = text.match(/^```http(.*)\n((?:.*\n)*?)```$/m) ?? []
  const [, events] = text.match(/^```events\n((?:.*\n)*?)```$/m) ?? []
  if (lines === undefined || events === undefined) throw new Error(`a block is missing: ${title}`)
  const [kind, method = 'GET', upgrade] = (info as string).trim().split(' ')
  return {
    title,
    input: Buffer.from(lines.split('\n').slice(0, -1).map(lineFrom).join(''), 'latin1'),
    answers: kind === 'response' ? { method, upgrade } : undefined,
    events: events.split('\n').slice(0, -1).flatMap(eventsFrom),
  }
}

function eventsFrom(line: string): string[] {
  const [, event = line, times = '1'] = line.match(/^(.*) \((\d+) times\)$/) ?? []
  return Array.from({ length: Number(times) }, () => octetsFrom(event))
}

function lineFrom(line: string): string {
  const open = /(^|[^\\])(\\\\)*\\$/.test(line)
  return octetsFrom(open ? line.slice(0, -1) : `${line}\\r\\n`)
}
