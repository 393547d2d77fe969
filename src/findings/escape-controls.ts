// Control characters could rewrite the terminal; those that turn the direction of text could disguise it.
const CONTROLS = /[\p{Cc}\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** Shows control characters of foreign text as escapes. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The same, one character for one, where columns must stay in place. */
export function blankControls(text: string): string {
  return text.replaceAll('\t', ' ').replace(CONTROLS, '·')
}
