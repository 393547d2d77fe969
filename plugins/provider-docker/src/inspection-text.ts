import type { Inspection, ServicePlace } from './inspect.ts'

/** An inspection as a person reads it. */
export function inspectionText(inspection: Inspection): string {
  const { container, id, state, health, served, reason, findings } = inspection
  const condition = health === 'none' ? state : `${state}, ${health}`
  const messages = findings.map(({ severity, message, hint }) => `${severity}: ${message}${hint === undefined ? '' : ` (${hint})`}`)
  return [
    `container ${container} (${id}), ${condition}`,
    `served      ${served ? 'yes' : `no: ${reason}`}`,
    ...block('networks', networksOf(inspection)),
    ...inspection.services.flatMap(serviceLines),
    ...block('labels', labelsOf(inspection)),
    ...block('findings', messages.length === 0 ? ['none'] : messages),
  ].join('\n')
}

function networksOf({ networks, services }: Inspection): string[] {
  const chosen = new Map(services.flatMap(({ network }) => (network === undefined ? [] : [[network.name, network.why] as const])))
  const width = Math.max(0, ...networks.map(({ name }) => name.length))
  if (networks.length === 0) return ['none of its own']
  return networks.map(({ name, address }) => {
    const why = chosen.get(name)
    return `${name.padEnd(width)} ${address}${why === undefined ? '' : ` ← chosen (${why})`}`
  })
}

function serviceLines({ service, address, port, problem, reachable }: ServicePlace): string[] {
  if (address === undefined) return block('service', [`${service}: no server, ${problem}`])
  const answer = reachable === undefined ? '' : reachable.ok ? `, reachable in ${reachable.ms} ms` : ', not reachable from here'
  return [...block('service', [`${service} at ${address}${answer}`]), ...block('port', port ? [`${port.number} ← ${port.why}`] : [])]
}

function labelsOf({ labels }: Inspection): string[] {
  if (labels.length === 0) return ['none for the gateway']
  return labels.map(({ label, value, refused }) => (refused === undefined ? `✓ ${label}=${value}` : `✗ ${label}=${value}: ${refused}`))
}

const INDENT = 12

function block(title: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${(index === 0 ? title : '').padEnd(INDENT)}${line}`)
}
