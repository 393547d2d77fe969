/** A text as a part of a host name: what is neither letter nor digit becomes a hyphen, one for several, none at the ends. */
export function normalize(text: string): string {
  return text
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '')
    .join('-')
}
