import { isIP } from 'node:net'
import { canonicalHost, withoutTrailingDot } from '../../http/host.ts'
import { literalHosts } from '../../rule/compile.ts'
import { parseRule } from '../../rule/parser.ts'
import { RuleError } from '../../rule/rule-error.ts'
import type { Question } from '../../thread/question.ts'
import { Refusal } from './refusal.ts'
import type { RouterElement } from './view.ts'

/** Refuses what a page of another site makes the browser of an operator ask. */
export function refuseForeignPages({ headers }: Question): void {
  for (let index = 0; index < headers.length; index += 2) {
    const isForeign = headers[index]?.toLowerCase() === 'sec-fetch-site' && headers[index + 1]?.trim().toLowerCase() === 'cross-site'
    if (isForeign) throw new Refusal(403, 'requests of other sites are refused')
  }
}

/**
 * Refuses hosts that anyone may have let lead to this address: a browser would take what a page from there asks for its own
 * (DNS rebinding). An address and the names of this machine cannot be such a host, nor one that a router names.
 */
export function refuseForeignHosts({ host: written }: Question, hostname: string, routers: Iterable<RouterElement>): void {
  const host = withoutTrailingDot(canonicalHost(written))
  const isOwn = host === '' || isIP(host) !== 0 || host === 'localhost' || host.endsWith('.localhost') || host === hostname.toLowerCase()
  if (isOwn || namesHost(routers, host)) return
  throw new Refusal(403, `the host ${host} is refused: no router to api@internal names it`)
}

function namesHost(routers: Iterable<RouterElement>, host: string): boolean {
  for (const { target, rule } of routers) if (target === 'api@internal' && hostsIn(rule).includes(host)) return true
  return false
}

function hostsIn(rule: string): readonly string[] {
  try {
    return literalHosts(parseRule(rule, 'v3'))
  } catch (error) {
    // What is wrong with it is told elsewhere.
    if (error instanceof RuleError) return []
    throw error
  }
}
