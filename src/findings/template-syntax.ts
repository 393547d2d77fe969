import type { DocumentNode, Problem, Span } from './document-node.ts'

const OPENING = '{{'
// Providers fill in this one template themselves.
const KEPT = /^defaultRule$/i

/** Every key and text of a document that holds template syntax. */
export function templatesIn(node: DocumentNode): Problem[] {
  if (node.kind === 'scalar') return holdsTemplate(node.value) && node.span ? [templateProblem(node.span)] : []
  if (node.kind === 'sequence') return node.items.flatMap(templatesIn)
  return [...node.entries].flatMap(([key, entry]) => [
    ...(holdsTemplate(key) ? [templateProblem(entry.key)] : []),
    ...(KEPT.test(key) ? [] : templatesIn(entry.node)),
  ])
}

/** The first template in a text that cannot be parsed. */
export function templateInText(text: string): Problem | undefined {
  for (const [index, line] of text.split('\n').entries()) {
    const column = line.replace(/(^|\s)#.*/, '').indexOf(OPENING)
    if (column !== -1 && !/defaultRule/i.test(line)) return templateProblem({ line: index + 1, column: column + 1, length: OPENING.length })
  }
  return undefined
}

export function templateProblem(span: Span): Problem {
  return {
    code: 'GTW_TEMPLATE',
    message: 'template syntax `{{` is not supported in files',
    span,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the syntax that the reader should write.
    hint: 'use ${env:NAME} for values of the environment, several files, or YAML anchors',
  }
}

function holdsTemplate(value: unknown): boolean {
  return typeof value === 'string' && value.includes(OPENING)
}
