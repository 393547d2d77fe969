import type { Matcher } from './matcher.ts'
import { MATCHERS } from './matchers.ts'
import { MATCHERS_V2 } from './matchers-v2.ts'
import { Vocabulary } from './vocabulary.ts'

/** The two languages of rules: they share a grammar, not their matchers. */
export type RuleSyntax = 'v3' | 'v2'

const VOCABULARIES = { v3: new Vocabulary<Matcher>(MATCHERS), v2: new Vocabulary<Matcher>(MATCHERS_V2) }

export function vocabularyOf(syntax: RuleSyntax): Vocabulary<Matcher> {
  return VOCABULARIES[syntax]
}
