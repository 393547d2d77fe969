import { expect, test } from 'vitest'
import { trialPlanOf } from './plan.ts'
import type { Trial } from './trial.ts'

const trialOf = (name: string): Trial => ({
  name,
  title: '',
  goal: '',
  measure: async () => ({ measured: '', met: true, figures: {} }),
})
const trials = ['idle', 'p99', 'reloads'].map(trialOf)

const cases = [
  { why: 'without flags everything is measured and recorded', args: [], names: 'idle,p99,reloads', quick: false, record: true },
  {
    why: 'some are measured in their own order and not recorded',
    args: ['--only', 'p99,idle'],
    names: 'idle,p99',
    quick: false,
    record: false,
  },
  { why: 'a quick run is not recorded', args: ['--quick'], names: 'idle,p99,reloads', quick: true, record: false },
  { why: 'a run may be kept off the record', args: ['--no-record'], names: 'idle,p99,reloads', quick: false, record: false },
]

for (const { why, args, names, quick, record } of cases) {
  test(why, () => {
    const plan = trialPlanOf(args, trials)
    expect(plan?.trials.map(({ name }) => name).join()).toBe(names)
    expect(plan).toMatchObject({ quick, record })
  })
}

test('an unknown name is refused, and help is no plan', () => {
  expect(() => trialPlanOf(['--only', 'p98'], trials)).toThrow('p98: not one of idle, p99, reloads')
  expect(() => trialPlanOf(['--fast'], trials)).toThrow()
  expect(trialPlanOf(['--help'], trials)).toBeUndefined()
})
