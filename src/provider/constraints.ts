import type { Finding } from '../findings/finding.ts'
import { nearest } from '../findings/suggest.ts'
import { compileGoRegex, type GoRegex } from '../regex/go-regex.ts'
import { RegexError } from '../regex/regex-error.ts'
import { type Token, type TokenKind, tokenize } from '../rule/lexer.ts'
import { RuleError } from '../rule/rule-error.ts'

/** What a constraint is asked about. */
export interface ConstraintSubject {
  readonly labels: Readonly<Record<string, string>>
  readonly tags?: readonly string[]
}

type Predicate = (subject: ConstraintSubject) => boolean

/** A constraint, ready to be asked; one that cannot be parsed holds for nothing. */
export interface Constraints {
  readonly matches: Predicate
  readonly findings: readonly Finding[]
}

interface ConstraintOptions {
  /** Dotted path of the option, for findings: `providers.docker.constraints`. */
  readonly path: string
  /** Whether items are told apart by labels or by tags. */
  readonly about: 'labels' | 'tags'
}

/** Parses an expression such as ``Label(`tier`, `front`) && !LabelRegex(`name`, `^test`)``; an empty one holds for everything. */
export function parseConstraints(text: string, { path, about }: ConstraintOptions): Constraints {
  if (text.trim() === '') return { matches: () => true, findings: [] }
  try {
    if (text.length > LONGEST) throw new RuleError('the expression is too long', { column: 1, length: text.length })
    return { matches: new Parser(tokenize(text), FUNCTIONS[about]).parse(), findings: [] }
  } catch (error) {
    if (!(error instanceof RuleError)) throw error
    return { matches: () => false, findings: [toFinding(error, path)] }
  }
}

function toFinding({ message, column, expected, suggestion }: RuleError, path: string): Finding {
  return {
    code: 'GTW_BAD_VALUE',
    severity: 'error',
    message: `${path}: ${message} (column ${column})`,
    path,
    ...(expected === undefined ? {} : { expected }),
    ...(suggestion === undefined ? {} : { suggestion }),
    hint: 'until it is corrected, nothing fits the constraints',
  }
}

const LONGEST = 16 * 1024
const DEEPEST = 64

interface ConstraintFunction {
  readonly arity: number
  readonly compile: (first: Token, second: Token) => Predicate
}

type Functions = Readonly<Record<string, ConstraintFunction>>

const FUNCTIONS: Readonly<Record<ConstraintOptions['about'], Functions>> = {
  labels: {
    Label: {
      arity: 2,
      compile:
        ({ text: key }, { text: value }) =>
        ({ labels }) =>
          labelOf(labels, key) === value,
    },
    LabelRegex: { arity: 2, compile: ({ text: key }, pattern) => matchesLabel(key, compilePattern(pattern)) },
  },
  tags: {
    Tag: {
      arity: 1,
      compile:
        ({ text }) =>
        ({ tags = [] }) =>
          tags.includes(text),
    },
    TagRegex: { arity: 1, compile: (pattern) => matchesTag(compilePattern(pattern)) },
  },
}

function labelOf(labels: ConstraintSubject['labels'], key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

function matchesLabel(key: string, pattern: GoRegex): Predicate {
  return ({ labels }) => {
    const value = labelOf(labels, key)
    return value !== undefined && pattern.test(value)
  }
}

function matchesTag(pattern: GoRegex): Predicate {
  return ({ tags = [] }) => tags.some((tag) => pattern.test(tag))
}

function compilePattern({ text, column, length }: Token): GoRegex {
  try {
    return compileGoRegex(text)
  } catch (error) {
    if (!(error instanceof RegexError)) throw error
    throw new RuleError(error.message, { column, length }, { expected: 'a regular expression as Go reads it' })
  }
}

/**
 * The grammar of rules, with functions of its own; their names are compared with regard to case.
 *
 *     or    := and { "||" and }
 *     and   := unary { "&&" unary }
 *     unary := "!" unary | "(" or ")" | name "(" string { "," string } ")"
 */
class Parser {
  readonly #tokens: readonly Token[]
  readonly #functions: Functions
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[], functions: Functions) {
    // A line ends where it must end a rule; here it is a blank like any other.
    this.#tokens = tokens.filter(({ kind }) => kind !== 'line break')
    this.#functions = functions
  }

  parse(): Predicate {
    const predicate = this.#or()
    if (this.#token.kind !== 'end') this.#fail('"&&", "||" or the end')
    return predicate
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token
  }

  #accept(kind: TokenKind): boolean {
    if (this.#token.kind !== kind) return false
    this.#at++
    return true
  }

  #or(): Predicate {
    const operands = [this.#and()]
    while (this.#accept('||')) operands.push(this.#and())
    return (subject) => operands.some((holds) => holds(subject))
  }

  #and(): Predicate {
    const operands = [this.#unary()]
    while (this.#accept('&&')) operands.push(this.#unary())
    return (subject) => operands.every((holds) => holds(subject))
  }

  #unary(): Predicate {
    const token = this.#token
    if (token.kind === 'name') return this.#call()
    if (++this.#depth > DEEPEST) throw new RuleError('the expression is nested too deeply', token)
    const predicate = this.#accept('!') ? not(this.#unary()) : this.#group()
    this.#depth--
    return predicate
  }

  #group(): Predicate {
    if (!this.#accept('(')) this.#fail(`${Object.keys(this.#functions).join(', ')}, "!" or "("`)
    const predicate = this.#or()
    if (!this.#accept(')')) this.#fail('"&&", "||" or ")"')
    return predicate
  }

  #call(): Predicate {
    const name = this.#token
    const found = Object.hasOwn(this.#functions, name.text) ? this.#functions[name.text] : undefined
    if (found === undefined) {
      const names = Object.keys(this.#functions)
      const details = { expected: names.join(' or '), suggestion: nearest(name.text, names) }
      throw new RuleError(`unknown function "${name.text}"`, name, details)
    }
    this.#at++
    const args = this.#arguments()
    const [first = name, second = name] = args
    if (args.length === found.arity) return found.compile(first, second)
    throw new RuleError(`"${name.text}" has ${args.length} arguments`, name, { expected: `${found.arity}` })
  }

  #arguments(): Token[] {
    const args: Token[] = []
    if (!this.#accept('(')) this.#fail('"("')
    while (!this.#accept(')')) {
      args.push(this.#token)
      if (!this.#accept('string')) this.#fail('a string in back quotes or double quotes')
      if (!this.#accept(',') && this.#token.kind !== ')') this.#fail('"," or ")"')
    }
    return args
  }

  #fail(expected: string): never {
    const { kind, text } = this.#token
    throw new RuleError(`unexpected ${kind === 'end' ? 'end' : `"${text}"`}`, this.#token, { expected })
  }
}

function not(predicate: Predicate): Predicate {
  return (subject) => !predicate(subject)
}
