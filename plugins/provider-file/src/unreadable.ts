import type { Finding } from 'gateway/provider'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ENOTDIR: 'it is not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its links run in a circle',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
}

/** Reports a file or folder that cannot be read; what was read there before stays in force. */
export function unreadable(file: string, error: unknown): Finding {
  return {
    code: 'GTW_UNREADABLE',
    severity: 'error',
    message: `"${file}" cannot be read: ${reasonOf(error)}`,
    source: { kind: 'file', file, line: 1, column: 1 },
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return (code !== undefined && REASONS[code]) || message
}
