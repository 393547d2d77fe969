const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Everything but visible characters, blanks and what is not ASCII (RFC 9110 §5.5). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: They are what is looked for.
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/

/** Whether a text can be the value of a field. */
export function isFieldValue(text: string): boolean {
  return !CONTROL.test(text)
}

/** A text as the value of a field, which consists of octets: beyond ASCII, those of UTF-8. */
export function toFieldValue(text: string): string {
  return Buffer.from(text.trim()).toString('latin1')
}

/** What the value of a field must be; undefined where it is right. */
export function expectedOfFieldValue(text: string): string | undefined {
  return isFieldValue(text) ? undefined : 'a text on one line, without control characters'
}

/** Whether a text can name a field (RFC 9110 §5.1). */
function isFieldName(text: string): boolean {
  return TOKEN.test(text)
}

/** What the name of a field must be; undefined where it is right. */
export function expectedOfFieldName(text: string): string | undefined {
  return isFieldName(text) ? undefined : 'the name of a header field'
}
