import { type CompiledRule, compileRule } from './compile.ts'
import type { RuleSyntax } from './syntaxes.ts'

/**
 * Rules that were compiled before and that something still uses: the routes of the live tree keep theirs, so those of the next
 * snapshot find them (compiling 10,000 takes 60 ms). What no route uses any more is forgotten: a rule takes 1.5 KiB, and names
 * of hosts that come and go would otherwise be many times as many as those that there are. Compiled rules hold no state, so
 * trees can share them.
 */
class KnownRules {
  readonly #rules = new Map<string, WeakRef<CompiledRule>>()
  readonly #gone = new FinalizationRegistry((rule: string) => {
    // It may have been compiled again in the meantime.
    if (this.#rules.get(rule)?.deref() === undefined) this.#rules.delete(rule)
  })
  readonly #syntax: RuleSyntax

  constructor(syntax: RuleSyntax) {
    this.#syntax = syntax
  }

  compile(rule: string): CompiledRule {
    const known = this.#rules.get(rule)?.deref()
    if (known !== undefined) return known
    const compiled = compileRule(rule, this.#syntax)
    this.#rules.set(rule, new WeakRef(compiled))
    this.#gone.register(compiled, rule)
    return compiled
  }
}

const KNOWN: Readonly<Record<RuleSyntax, KnownRules>> = { v2: new KnownRules('v2'), v3: new KnownRules('v3') }

/** Parses and builds a rule, unless this thread still has it; throws a RuleError as often as it is asked. */
export function compileKnownRule(rule: string, syntax: RuleSyntax): CompiledRule {
  return KNOWN[syntax].compile(rule)
}
