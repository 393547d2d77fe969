import { ipv6Subnet } from '../../http/ipv6-subnet.ts'

const WHOLE = 128

/** The kinds of names that are told, in this order, as Node writes them. */
const KINDS = ['DNS:', 'email:', 'IP Address:', 'URI:']

/** Names of a certificate from the list that Node makes of them: one that could be misread stands in quotes as in JSON [CVE-2021-44532]. */
export function alternativeNames(written: string): readonly string[] {
  const names = written.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g)?.map((name) => name.trim()) ?? []
  return KINDS.flatMap((kind) => names.flatMap((name) => (name.startsWith(kind) ? [plainName(name.slice(kind.length))] : [])))
}

function plainName(name: string): string {
  // Node writes IPv6 addresses at full length; every other name stays as it is.
  return name.startsWith('"') ? String(JSON.parse(name)) : ipv6Subnet(name, WHOLE)
}
