const NAME = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu
const NUMBER = /^(?:0|[1-9]\d{0,8})$/

/** A replacement: texts, and between them the numbers of the groups that go there. */
export type Template = readonly (string | number)[]

/**
 * Reads a replacement as Go does: `$1`, `${1}`, `$name` and `${name}` are groups, where the longest name counts (`$1x` is the
 * group `1x`), and `$$` is a dollar sign. A group that does not exist is empty; a dollar sign that starts nothing stays.
 */
export function readTemplate(template: string, names: ReadonlyMap<string, number>): Template {
  const parts: (string | number)[] = []
  let copied = 0
  for (const found of template.matchAll(NAME)) {
    parts.push(template.slice(copied, found.index))
    copied = found.index + found[0].length
    const name = found[1] ?? found[2]
    if (name === undefined) parts.push('$')
    else parts.push((NUMBER.test(name) ? Number(name) : names.get(name)) ?? '')
  }
  parts.push(template.slice(copied))
  return parts.filter((part) => part !== '')
}

/** Fills the groups of one match in. */
export function expandTemplate(template: Template, groups: readonly (string | undefined)[]): string {
  let text = ''
  for (const part of template) text += typeof part === 'string' ? part : (groups[part] ?? '')
  return text
}
