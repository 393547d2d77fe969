import { constants } from 'node:os'

const STOPPING = ['SIGTERM', 'SIGINT'] as const

/** Resolves at the first request to stop. A second one ends the process at once, as a shell expects: 128 and the signal's number. */
export function firstStopSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let isStopping = false
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(128 + constants.signals[signal])
    isStopping = true
    resolve(signal)
  }
  for (const signal of STOPPING) process.on(signal, onSignal)
  return promise
}
