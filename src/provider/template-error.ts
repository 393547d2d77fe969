/** What is wrong with a template, and where: the column counts UTF-16 units from 1. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly column: number
  /** The nearest name that is known. */
  readonly suggestion: string | undefined

  constructor(message: string, column: number, suggestion?: string) {
    super(message)
    this.column = column
    this.suggestion = suggestion
  }
}
