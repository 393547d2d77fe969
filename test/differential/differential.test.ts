import { describe, expect, test } from 'vitest'
import { readCases, wireFiles } from '../wire/read-cases.ts'
import type { Difference } from './compare.ts'
import { compareAll, compareMany, type Input, Tally } from './differential.ts'
import { EXPLAINED } from './explained.ts'

/** What a finding needs to be seen again. */
function shown({ kind, what, input, question, theirs }: Difference): unknown {
  return { kind, what, input, question, node: theirs.refusal ?? 'takes it' }
}

async function tallyOf(inputs: readonly Input[]): Promise<Tally> {
  const tally = new Tally()
  await compareAll(inputs, tally)
  return tally
}

test('what node:http refuses is refused, and what both take ends at the same octet, on 20,000 inputs', async () => {
  const tally = await compareMany(20_000, 20_260_801)
  expect(tally.findings.map(shown)).toEqual([])
  expect(tally.same).toBeGreaterThan(15_000)
})

describe('the wire cases mean the same to node:http, or the difference is explained', () => {
  for (const file of wireFiles()) {
    test(file, async () => {
      const cases = readCases(file)
      const tally = await tallyOf(
        cases.map(({ input, answers }) => ({ octets: input.toString('latin1'), ...(answers === undefined ? {} : { question: answers }) })),
      )
      expect(tally.findings.map(shown)).toEqual([])
      expect(tally.inputs).toBe(cases.length)
    })
  }
})

describe('an explained difference is there, and nothing else is behind it', () => {
  for (const { name, example, question } of EXPLAINED) {
    test(name, async () => {
      const tally = await tallyOf([{ octets: example, ...(question === undefined ? {} : { question }) }])
      expect([...tally.explained.keys()][0]).toBe(name)
      expect(tally.findings.map(shown)).toEqual([])
    })
  }
})
