import { createLog, type Log } from '../../src/log.ts'

/** A line of the log as an object, without its time. */
export type RecordedLine = { readonly level: string; readonly message: string } & Readonly<Record<string, unknown>>

/** A log whose lines a test can read. */
export function recordedLog(): { readonly log: Log; readonly lines: RecordedLine[] } {
  const lines: RecordedLine[] = []
  const destination = {
    write(line: string) {
      const { time: _, ...rest } = JSON.parse(line)
      lines.push(rest)
    },
  }
  return { log: createLog({ level: 'debug', format: 'json', color: false, destination }), lines }
}
