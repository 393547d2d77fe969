import type { Place } from './verdict.ts'

/**
 * Where in a module an error comes from, as its stack tells: a frame with line and column, or the head that Node.js puts
 * before a syntax error, `URL:line`, the line itself, and a caret below the column.
 */
export function placeIn(stack: string, url: string): Place | undefined {
  const at = stack.indexOf(`${url}:`)
  if (at === -1) return undefined
  const [, line, column] = /^(\d+)(?::(\d+))?/.exec(stack.slice(at + url.length + 1)) ?? []
  if (line === undefined) return undefined
  return { line: Number(line), column: column === undefined ? caretColumn(stack) : Number(column) }
}

function caretColumn(stack: string): number {
  const caret = /\n( *)\^+ *\n/.exec(stack)
  return caret?.[1] === undefined ? 1 : caret[1].length + 1
}
