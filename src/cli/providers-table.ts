import { escapeControls } from '../findings/escape-controls.ts'
import { scalar } from './dump.ts'
import type { Paint } from './paint.ts'
import type { ProviderRow, ProviderStanding } from './provider-rows.ts'
import { alignedRows } from './table.ts'

const STYLES: Readonly<Record<ProviderStanding, Parameters<Paint>[0]>> = {
  configured: 'green',
  'not configured': 'dim',
  disabled: 'red',
  'not installed': 'red',
  failed: 'red',
  unknown: 'yellow',
}

const HEAD = ['PROVIDER', 'PLUGIN', 'VERSION', 'FROM', 'STATE']

/** Providers as a person reads them: a line for each, below it why it is not at work and what is set. */
export function providersTable(rows: readonly ProviderRow[], paint: Paint): string {
  const [head = '', ...lines] = alignedRows([HEAD, ...rows.map(cellsOf)])
  const body = rows.flatMap((row, index) => [paint(STYLES[row.state], lines[index] ?? ''), ...detailsOf(row, paint)])
  return [paint('bold', head), ...body].join('\n')
}

function cellsOf({ provider, plugin, version, installed, state }: ProviderRow): string[] {
  return [provider, plugin, version, installed, state].map((cell) => escapeControls(cell ?? '-'))
}

function detailsOf({ reason, options }: ProviderRow, paint: Paint): string[] {
  const set = Object.entries(options).map(([name, { value, source }]) => [`  ${name}: ${scalar(value)}`, source])
  const reasons = reason === undefined ? [] : [`  ${escapeControls(reason)}`]
  return [
    ...reasons,
    ...alignedRows(set.map(([option = '', source = '']) => [escapeControls(option), paint('dim', `← ${escapeControls(source)}`)])),
  ]
}
