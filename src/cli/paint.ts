import { styleText } from 'node:util'

/** Says whether a stream shows colours: a terminal, unless the user asked for none (https://no-color.org). */
export function showsColor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
}

/** Styles text for a person, or leaves it as it is. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string

/** The way to style text for a stream. */
export function painter(stream: NodeJS.WriteStream): Paint {
  return showsColor(stream) ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text
}
