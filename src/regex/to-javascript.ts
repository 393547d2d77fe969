import type { CharSet } from './char-set.ts'
import type { Syntax } from './syntax.ts'

/** Writes a pattern as JavaScript reads it with the flag `u`; every set is spelled out, so that no shorthand can differ. */
export function toJavaScript(syntax: Syntax): string {
  switch (syntax.kind) {
    case 'set':
      return setSource(syntax.set)
    case 'assertion':
      return syntax.assertion
    case 'capture':
      return `(${toJavaScript(syntax.body)})`
    case 'sequence':
      return syntax.items.map((item) => (item.kind === 'choice' ? grouped(item) : toJavaScript(item))).join('')
    case 'choice':
      return syntax.items.map(toJavaScript).join('|')
    case 'repeat': {
      const { body, min, max, isLazy } = syntax
      const isSingle = body.kind === 'set' || body.kind === 'capture'
      return `${isSingle ? toJavaScript(body) : grouped(body)}{${min},${max === Infinity ? '' : max}}${isLazy ? '?' : ''}`
    }
  }
}

function grouped(syntax: Syntax): string {
  return `(?:${toJavaScript(syntax)})`
}

function setSource(set: CharSet): string {
  const [first, last] = set
  if (set.length === 2 && first === last) return characterSource(first as number)
  let source = ''
  for (let index = 0; index < set.length; index += 2)
    source += `${characterSource(set[index] as number)}-${characterSource(set[index + 1] as number)}`
  return `[${source}]`
}

function characterSource(code: number): string {
  const character = String.fromCodePoint(code)
  return /\w/.test(character) ? character : `\\u{${code.toString(16)}}`
}
