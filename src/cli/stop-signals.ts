import { constants } from 'node:os'

const STOPPING = ['SIGTERM', 'SIGINT'] as const

/** A terminal sends Ctrl-C to everyone in the foreground, and npm passes its own on: within this time it is one wish. */
const ECHO_MS = 250

/** Resolves at the first request to stop. A later one ends the process at once, as a shell expects: 128 and the signal's number. */
export function firstStopSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let firstAt: number | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now()
    if (firstAt !== undefined && now - firstAt > ECHO_MS) process.exit(128 + constants.signals[signal])
    firstAt ??= now
    resolve(signal)
  }
  for (const signal of STOPPING) process.on(signal, onSignal)
  return promise
}
