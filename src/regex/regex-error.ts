/** A pattern that is no regular expression; the message is Go's. */
export class RegexError extends Error {
  override readonly name = 'RegexError'
}
