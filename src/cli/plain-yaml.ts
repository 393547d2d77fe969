import type { Tree } from '../schema/tree.ts'
import { type FlowSyntax, PLAIN_INTEGER, readFlow } from './plain-flow.ts'

/**
 * Reads a YAML file that is written plainly: one key in a line, values without anchors and the like. Says what the parser
 * says; undefined where it sees anything else.
 */
export function plainYaml(text: string): Tree | undefined {
  if (ODD.test(text)) return undefined
  const lines = text.split(/\r?\n/).filter((line) => !/^ *(?:#.*)?$/.test(line))
  return mappingOf(lines[0] === '---' ? lines.slice(1) : lines)
}

// Tabs, other control characters, and a carriage return that ends a line by itself.
const ODD = /[^\P{C}\r\n]|\r(?!\n)/u
const DEEPEST = 24

const KEY = /^(?!(?:true|false|null):)(?<key>[A-Za-z][\w-]*):(?: +(?<value>.*))?$/i
const ITEM = /^-(?: +(?<value>.*))?$/
const PLAIN = /^[\w./:][\w./:@-]*$/

const FLOW: FlowSyntax = {
  key: /(?!(?:true|false|null):)([a-z][\w-]*): +/iy,
  scalar: /"[^"\\]*"|'[^']*'|[\w./][\w./:@-]*/y,
  read: scalarOf,
}

/** One level of keys; undefined where a line is anything but a key with a plain value. */
function mappingOf(lines: readonly string[]): Tree | undefined {
  const indent = depthOf(lines[0] ?? '')
  const entries = new Map<string, unknown>()
  for (let at = 0; at < lines.length; ) {
    const { key, value: text = '' } = KEY.exec(contentOf(lines[at] ?? '', indent))?.groups ?? {}
    const below = linesBelow(lines, at, indent)
    const value = key === undefined ? undefined : toValue(text, below)
    if (key === undefined || value === undefined || entries.has(key)) return undefined
    entries.set(key, value)
    at += 1 + below.length
  }
  return indent > DEEPEST ? undefined : Object.fromEntries(entries)
}

const depthOf = (line: string): number => line.search(/[^ ]/)

const isItem = (line: string): boolean => /^ *-(?: |$)/.test(line)

/** A line without its indentation and comment; empty where it is indented otherwise. */
function contentOf(line: string, indent: number): string {
  if (depthOf(line) !== indent) return ''
  // Where this cuts a quoted text in two, its missing quote shows that it did.
  const content = line.slice(indent).replace(/ +#.*$/, '')
  return content.trimEnd()
}

/** What belongs to a key: deeper lines, and the items of a list, which may stand as deep as the key itself. */
function linesBelow(lines: readonly string[], at: number, indent: number): readonly string[] {
  let end = at + 1
  for (; end < lines.length; end += 1) {
    const line = lines[end] ?? ''
    const depth = depthOf(line)
    if (depth < indent || (depth === indent && !isItem(line))) break
  }
  return lines.slice(at + 1, end)
}

function toValue(text: string, below: readonly string[]): unknown {
  if (text !== '') return below.length === 0 ? inOneLine(text) : undefined
  const [first] = below
  if (first === undefined) return null
  return isItem(first) ? listOf(below) : mappingOf(below)
}

function listOf(lines: readonly string[]): unknown[] | undefined {
  const indent = depthOf(lines[0] ?? '')
  const items = lines.map((line) => inOneLine(ITEM.exec(contentOf(line, indent))?.groups?.value ?? ''))
  return items.includes(undefined) ? undefined : items
}

function inOneLine(text: string): unknown {
  if (PLAIN.test(text)) return scalarOf(text)
  const read = readFlow(text, FLOW)
  return read?.end === text.length ? read.value : undefined
}

/** Tells texts from what the core schema takes for something else. */
function scalarOf(text: string): string | number | boolean | undefined {
  if (/^["']/.test(text)) return text.slice(1, -1)
  if (text === 'true' || text === 'false') return text === 'true'
  if (PLAIN_INTEGER.test(text)) return Number(text)
  const isText = /^[a-z/:]/i.test(text) ? !/^(?:true|false|null)$/i.test(text) : /[/:@]|[smh]$|\..*\../.test(text)
  return isText && !text.endsWith(':') ? text : undefined
}
