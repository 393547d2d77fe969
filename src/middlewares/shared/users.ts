import { list, string } from '../../schema/index.ts'
import type { Files } from '../definition.ts'

/** Where users come from: the same for both kinds of authentication. */
interface UserOptions {
  readonly users: readonly string[]
  /** After `prepareUsers`, the content of the file. */
  readonly usersFile?: string | undefined
}

/** The option `users`. */
export function userList(form: string) {
  return list(string(`A user, as ${form}.`, { secret: true }), 'The users; they win over those of the file.', { default: [] })
}

/** The option `usersFile`. */
export const usersFile = string('A file with one user on each line; empty lines and those that begin with `#` are passed over.')

/** Puts the content of the users file in the place of its name. */
export function prepareUsers<Options extends UserOptions>(options: Options, files: Files): Options {
  return options.usersFile ? { ...options, usersFile: files.read(options.usersFile) } : options
}

/** All entries, those of the file first: of two with one name, the later one wins. */
export function userEntries({ users, usersFile = '' }: UserOptions): string[] {
  const lines = usersFile.split('\n').map((line) => line.trim())
  return [...lines.filter((line) => line !== '' && !line.startsWith('#')), ...users]
}
