import type { Middleware } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import { octetAt } from '../http/target.ts'
import { boolean, type Infer, object } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'

/** The options of the middleware and of entry points: they have the same names and opposite defaults. */
export function encodedCharactersOptions({ allowed }: { readonly allowed: boolean }) {
  const allow = (encoded: string, name: string) => boolean(`Allow \`${encoded}\`, an encoded ${name}.`, { default: allowed })
  return object('Refuses paths that hold certain percent-encoded characters, with 400.', {
    allowEncodedSlash: allow('%2F', 'slash'),
    allowEncodedBackSlash: allow('%5C', 'backslash'),
    allowEncodedNullCharacter: allow('%00', 'null character'),
    allowEncodedSemicolon: allow('%3B', 'semicolon'),
    allowEncodedPercent: allow('%25', 'percent sign'),
    allowEncodedQuestionMark: allow('%3F', 'question mark'),
    allowEncodedHash: allow('%23', 'hash'),
  })
}

type EncodedCharactersOptions = Infer<ReturnType<typeof encodedCharactersOptions>>

const OCTETS: Readonly<Record<keyof EncodedCharactersOptions, string>> = {
  allowEncodedSlash: '/',
  allowEncodedBackSlash: '\\',
  allowEncodedNullCharacter: '\0',
  allowEncodedSemicolon: ';',
  allowEncodedPercent: '%',
  allowEncodedQuestionMark: '?',
  allowEncodedHash: '#',
}

/** The characters that the options deny, unescaped. */
export function deniedCharacters(options: EncodedCharactersOptions): readonly string[] {
  return Object.entries(OCTETS).flatMap(([option, character]) => (options[option as keyof EncodedCharactersOptions] ? [] : [character]))
}

/** Refuses paths that hold the escape of one of these characters; without any, there is nothing to run. */
export function denyEncoded(characters: readonly string[]): Middleware {
  if (characters.length === 0) return (next) => next
  const denied = new Uint8Array(256)
  for (const character of characters) denied[character.charCodeAt(0)] = 1
  return (next) =>
    function encodedCharacters(request, handler) {
      return holdsDenied(request.path, denied) ? replyError(handler, 'GTW_TARGET_INVALID') : next(request, handler)
    }
}

/** Refuses paths by the percent-encoded characters that they hold where the request meets it. */
export const encodedCharacters = defineMiddleware({
  name: 'encodedCharacters',
  options: encodedCharactersOptions({ allowed: false }),
  build: (options) => denyEncoded(deniedCharacters(options)),
})

// What another middleware left behind may be no escape: who would decode it, and to what, is anyone's guess.
function holdsDenied(path: string, denied: Uint8Array): boolean {
  for (let percent = path.indexOf('%'); percent !== -1; percent = path.indexOf('%', percent + 3)) {
    const octet = octetAt(path, percent)
    if (octet === -1 || denied[octet] === 1) return true
  }
  return false
}
