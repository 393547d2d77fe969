import { describe, expect, test } from 'vitest'
import { readCases, type WireCase, wireFiles } from './read-cases.ts'
import { replay } from './replay.ts'

/** A head at its limit is split at some of its offsets only. */
const MAX_SPLITS = 600

for (const file of wireFiles()) {
  describe(file, () => {
    for (const wire of readCases(file)) {
      test(wire.title, () => {
        expect(shortened(replay(wire, [wire.input]), wire)).toEqual(wire.events)
      })

      test(`${wire.title}, in any pieces`, () => {
        const whole = replay(wire, [wire.input])
        const octets = Array.from(wire.input, (_, at) => wire.input.subarray(at, at + 1))
        expect(replay(wire, octets)).toEqual(whole)
        for (const at of splits(wire.input.length)) {
          expect(replay(wire, [wire.input.subarray(0, at), wire.input.subarray(at)]), `split at ${at}`).toEqual(whole)
        }
      })
    }
  })
}

/** A case that does not care why something is refused says only the code. */
function shortened(events: string[], { events: expected }: WireCase): string[] {
  return events.map((event, index) =>
    event.startsWith(`${expected[index]} `) && event.startsWith('error ') ? (expected[index] as string) : event,
  )
}

function splits(length: number): number[] {
  const step = Math.ceil(length / MAX_SPLITS)
  return Array.from({ length: Math.floor(length / step) }, (_, index) => index * step)
}
