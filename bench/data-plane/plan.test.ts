import { expect, test } from 'vitest'
import { trialPlanOf } from './plan.ts'

const all = 'routers-21,routers-10000,idle,rss-512,slow-readers,p99,workers-2,reloads,syscalls'

const cases = [
  { why: 'without flags everything is measured and recorded', args: [], names: all, quick: false, record: true },
  {
    why: 'some are measured in their own order and not recorded',
    args: ['--only', 'p99,idle'],
    names: 'idle,p99',
    quick: false,
    record: false,
  },
  { why: 'a quick run is not recorded', args: ['--quick'], names: all, quick: true, record: false },
  { why: 'a run may be kept off the record', args: ['--no-record'], names: all, quick: false, record: false },
]

for (const { why, args, names, quick, record } of cases) {
  test(why, () => {
    const plan = trialPlanOf(args)
    expect(plan?.trials.map(({ name }) => name).join()).toBe(names)
    expect(plan).toMatchObject({ quick, record })
  })
}

test('an unknown name is refused, and help is no plan', () => {
  expect(() => trialPlanOf(['--only', 'p98'])).toThrow('p98: not one of routers-21')
  expect(() => trialPlanOf(['--fast'])).toThrow()
  expect(trialPlanOf(['--help'])).toBeUndefined()
})
