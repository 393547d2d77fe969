import { compileGoRegex } from '../../regex/go-regex.ts'
import { RegexError } from '../../regex/regex-error.ts'

/** What a text would have to be to be a regular expression; undefined where it is one. */
export function expectedOfRegex(text: string): string | undefined {
  try {
    compileGoRegex(text)
    return undefined
  } catch (error) {
    if (error instanceof RegexError) return `a regular expression (${error.message})`
    throw error
  }
}
