import { blankControls } from './escape-controls.ts'
import { isSecretKey, MASK, maskText } from './mask.ts'

interface Place {
  readonly line: number
  readonly column: number
  readonly length?: number
}

const WIDTH = 120

/** The lines of a text, without what marks their ends; none where there is no text. */
export function linesOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.replace(/^\uFEFF/, '').split(/\r?\n/)
}

/** The line before, the line itself with a caret under the place, and the line after. */
export function codeFrame(lines: readonly string[], { line, column, length = 1 }: Place): string[] {
  if (lines[line - 1] === undefined) return []
  const from = Math.max(0, column - WIDTH / 2)
  const gutter = String(line + 1).length
  const show = (number: number): string[] => {
    const shown = lines[number - 1]
    return shown === undefined ? [] : [`  ${String(number).padStart(gutter)} | ${cut(maskLine(shown), from)}`.trimEnd()]
  }
  const room = Math.max(1, Math.min(length, cut(lines[line - 1] ?? '', from).length - (column - from) + 1))
  const caret = `  ${' '.repeat(gutter)} | ${' '.repeat(Math.max(0, column - from - 1))}${'^'.repeat(room)}`
  return [...show(line - 1), ...show(line), caret, ...show(line + 1)]
}

function cut(line: string, from: number): string {
  return blankControls(line.slice(from, from + WIDTH))
}

// A frame ends up in logs: what looks like the value of a secret is not shown.
function maskLine(line: string): string {
  const [, head, key] = /^([\s\-{,"']*(\w[\w.-]*)["']?\s*[:=]\s*)["']?[^\s{["']/.exec(line) ?? []
  return head !== undefined && isSecretKey(key ?? '') ? `${head}${MASK}` : maskText(line)
}
