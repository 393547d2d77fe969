import type { Cell, Results } from './results.ts'
import { rows } from './rows.ts'

const HEADINGS = ['proxy', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs/request', '× nginx', 'RSS MiB', 'peak MiB']

/** The whole result for a terminal. */
export function toText(results: Results): string {
  const tables = tablesOf(results).map(({ title, lines }) => `${title}\n${aligned([HEADINGS, ...lines], 1)}`)
  return [...tables, ...results.notes.map((note) => `note: ${note}`)].join('\n\n')
}

/** The whole result as a page. */
export function toMarkdown(results: Results): string {
  const { machine, versions, rounds, seconds, date, notes } = results
  const tables = tablesOf(results).map(({ title, lines }) => `## ${title}\n\n${markdownTable([HEADINGS, ...lines])}`)
  return `${[
    '# Side by side',
    `Written by \`npm run bench\`; [how to read it](../README.md).`,
    [
      `- ${date}, medians of ${rounds} rounds of ${seconds} s, proxies taking turns`,
      `- ${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}`,
      `- ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}`,
      ...notes.map((note) => `- ${note}`),
    ].join('\n'),
    ...tables,
  ].join('\n\n')}\n`
}

/** How CPU per request has changed since the recorded result. */
export function toComparison(results: Results, baseline: Results): string {
  const lines = results.cells.flatMap((cell) => {
    const before = baseline.cells.find(({ row, proxy }) => row === cell.row && proxy === cell.proxy)
    return before === undefined ? [] : [compared(cell, before)]
  })
  const headings = ['row', 'proxy', 'CPU µs/request before', 'now', 'change', '× nginx before', 'now']
  return `Against the recorded result of ${baseline.date} (${baseline.machine.cpu})\n${aligned([headings, ...lines], 2)}`
}

function compared(cell: Cell, before: Cell): string[] {
  const change = (cell.cpuMicros / before.cpuMicros - 1) * 100
  return [
    cell.row,
    cell.proxy,
    before.cpuMicros.toFixed(1),
    cell.errors.length > 0 ? 'invalid' : cell.cpuMicros.toFixed(1),
    `${change >= 0 ? '+' : ''}${change.toFixed(0)} %`,
    ratio(before),
    ratio(cell),
  ]
}

function tablesOf({ cells }: Results) {
  return rows
    .map(({ name, title }) => ({ title: `${name}: ${title}`, lines: cells.filter((cell) => cell.row === name).map(line) }))
    .filter(({ lines }) => lines.length > 0)
}

function line(cell: Cell): string[] {
  if (cell.errors.length > 0) return [cell.proxy, `invalid: ${cell.errors.map(firstLine).join(', ')}`]
  return [
    cell.proxy,
    Math.round(cell.requestsPerSecond).toLocaleString('en'),
    (cell.p50Micros / 1000).toFixed(2),
    (cell.p99Micros / 1000).toFixed(2),
    cell.cpuMicros.toFixed(1),
    ratio(cell),
    mebibytes(cell.resident),
    mebibytes(cell.peak),
  ]
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

function ratio({ cpuToNginx }: Cell): string {
  return cpuToNginx === undefined ? '' : cpuToNginx.toFixed(2)
}

function mebibytes(octets: number): string {
  return Math.round(octets / 1024 / 1024).toString()
}

/** The first columns to the left, numbers to the right; a line with fewer fields than headings ends in free text. */
export function aligned(lines: readonly (readonly string[])[], leftColumns: number): string {
  const columns = lines[0]?.length ?? 0
  const full = lines.filter(({ length }) => length === columns)
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...full.map((fields) => fields[column]?.length ?? 0)))
  const pad = (text: string, column: number): string => {
    const width = widths[column] ?? 0
    return column < leftColumns ? text.padEnd(width) : text.padStart(width)
  }
  return lines.map((fields) => `  ${fields.map(pad).join('  ').trimEnd()}`).join('\n')
}

/** A table of a page, its first line the headings: the first column to the left, the others to the right. */
export function markdownTable(lines: readonly (readonly string[])[]): string {
  const columns = lines[0]?.length ?? 0
  const rule = ['---', ...Array<string>(columns - 1).fill('---:')]
  const [headings = [], ...rest] = lines
  return [headings, rule, ...rest].map((fields) => `| ${fields.join(' | ')} |`).join('\n')
}
