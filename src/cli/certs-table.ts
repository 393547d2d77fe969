import type { CertificateRow } from '../control/acme/report.ts'
import { escapeControls } from '../findings/escape-controls.ts'
import type { Paint } from './paint.ts'
import { alignedRows } from './table.ts'

const STYLES = { ok: 'green', due: 'yellow', overdue: 'yellow', expired: 'red', missing: 'yellow', refused: 'red' } as const

/** Certificates as a person reads them: a line for each, and below it why something else is served. */
export function certificatesTable(rows: readonly CertificateRow[], paint: Paint): string {
  const [head = '', ...lines] = alignedRows([HEAD, ...rows.map(cellsOf)])
  const body = rows.flatMap((row, index) => {
    const text = lines[index] ?? ''
    return row.reason === undefined ? [paint(STYLES[row.state], text)] : [paint(STYLES[row.state], text), ...explanationOf(row)]
  })
  return [paint('bold', head), ...body].join('\n')
}

const HEAD = ['NAMES', 'RESOLVER', 'ISSUER', 'LEFT', 'STATE', 'NEXT']

function cellsOf({ names, routers, resolver, issuer = '-', daysLeft, state, next }: CertificateRow): string[] {
  const [first = `(${routers.join(', ')})`, ...others] = names
  const shown = others.length === 0 ? first : `${first} +${others.length}`
  return [shown, resolver, issuer, daysLeft === undefined ? '-' : `${daysLeft} d`, state, nextOf(state, next)].map((cell) =>
    escapeControls(cell),
  )
}

function nextOf(state: CertificateRow['state'], next: string | undefined): string {
  if (state === 'refused') return '-'
  if (next === undefined) return state === 'missing' ? 'order now' : 'renew now'
  const moment = next.slice(0, 16).replace('T', ' ')
  return state === 'ok' ? `renew ${moment}` : `again ${moment}`
}

function explanationOf({ served, routers, reason = '' }: CertificateRow): string[] {
  const whose = routers.length === 0 ? '' : ` for ${routers.join(', ')}`
  const text = served === 'certificate' ? `the last attempt failed: ${reason}` : `the default certificate is served${whose}: ${reason}`
  return [`  ${escapeControls(text)}`]
}
