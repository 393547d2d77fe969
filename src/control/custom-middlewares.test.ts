import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/temp.ts'
import type { Finding, Source } from '../findings/finding.ts'
import { aggregate, type Said } from './aggregator.ts'
import { CustomChecker } from './custom/checker.ts'
import { CustomMiddlewares } from './custom-middlewares.ts'

const GOOD = `
import { defineMiddleware, integer, object } from 'gateway/middleware'
export default defineMiddleware({
  options: object('Options.', { most: integer('A number.', { min: 1, default: 2 }) }),
  build({ most }) {
    if (most === 13) throw new Error('thirteen is too many')
    return { request() {} }
  },
})
`

/** What a provider says whose words stand in a file of the folder. */
function saying(folder: TemporaryFolder, custom: string, provider = 'file'): Said {
  const source: Source = { kind: 'file', file: join(folder.path, 'routes.yml'), line: 1, column: 1 }
  const configuration = { http: { middlewares: { mine: { custom: parse(custom) } } } }
  return aggregate(new Map(), { provider, message: { configuration, locate: () => source } })
}

interface Outcome {
  readonly findings: readonly Finding[]
  readonly isDisabled: boolean
  /** The text of the module that goes live. */
  readonly source: string | undefined
}

async function outcomeOf(custom: CustomMiddlewares, said: Said, provider = 'file'): Promise<Outcome> {
  const word = (await custom.prepare(said)).get(provider)
  if (word === undefined) throw new TypeError('the word is gone')
  return {
    findings: word.problems.map(({ finding }) => finding),
    isDisabled: word.problems.some(({ disables }) => disables === `http.middlewares.mine@${provider}`),
    source: word.configuration.http.middlewares.mine?.custom?.module?.source,
  }
}

/** Custom middlewares that nobody watches longer than a test. */
function customMiddlewares(onChange?: () => void, checker?: CustomChecker): CustomMiddlewares & Disposable {
  const custom = new CustomMiddlewares(onChange, checker)
  return Object.assign(custom, { [Symbol.dispose]: () => custom.close() })
}

test('a module is found beside the file that names it, and its text goes to the workers', async () => {
  await using folder = await temporaryFolder()
  await folder.write('mw.ts', GOOD)
  using custom = customMiddlewares()
  expect(await outcomeOf(custom, saying(folder, 'file: ./mw.ts'))).toEqual({ findings: [], isDisabled: false, source: GOOD })
})

test('where nobody speaks of any, nothing is waited for', async () => {
  using custom = customMiddlewares()
  const said = aggregate(new Map(), { provider: 'file', message: { configuration: { http: {} } } })
  expect(custom.prepare(said)).toBe(said)
})

interface Wrong {
  readonly why: string
  readonly custom: string
  readonly text?: string
  readonly provider?: string
  readonly finding: Partial<Finding>
}

const wrong: readonly Wrong[] = [
  {
    why: 'a key that its schema does not know',
    custom: '{ file: mw.ts, options: { moost: 1 } }',
    finding: { code: 'GTW_UNKNOWN_KEY', path: 'http.middlewares.mine.custom.options.moost', suggestion: 'most' },
  },
  {
    why: 'a value that its schema does not take',
    custom: '{ file: mw.ts, options: { most: 0 } }',
    finding: { code: 'GTW_BAD_VALUE', path: 'http.middlewares.mine.custom.options.most', expected: 'at least 1' },
  },
  {
    why: 'options that do not go together',
    custom: '{ file: mw.ts, options: { most: 13 } }',
    finding: { code: 'GTW_BAD_MIDDLEWARE', message: 'http.middlewares.mine.custom does not work: thirteen is too many' },
  },
  {
    why: 'a file that is not there',
    custom: 'file: other.ts',
    finding: { code: 'GTW_UNREADABLE', path: 'http.middlewares.mine.custom.file' },
  },
  { why: 'a file that is no module', custom: 'file: mw.yml', finding: { code: 'GTW_UNREADABLE' } },
  {
    why: 'a package that is not installed',
    custom: 'package: not-installed-anywhere',
    finding: { code: 'GTW_UNREADABLE', path: 'http.middlewares.mine.custom.package' },
  },
  { why: 'a misspelled interceptor', custom: 'interceptor: retri', finding: { code: 'GTW_UNREADABLE', suggestion: 'retry' } },
  { why: 'code that a label names', provider: 'docker', custom: 'file: /mw.ts', finding: { code: 'GTW_INSECURE' } },
  { why: 'a package that a label names', provider: 'docker', custom: 'package: undici', finding: { code: 'GTW_INSECURE' } },
]
for (const { why, custom: written, provider = 'file', finding } of wrong) {
  test(`${why} disables the middleware and is told with its place`, async () => {
    await using folder = await temporaryFolder()
    await folder.write('mw.ts', GOOD)
    using custom = customMiddlewares()
    const outcome = await outcomeOf(custom, saying(folder, written, provider), provider)
    expect(outcome).toMatchObject({ isDisabled: true, source: undefined })
    expect(outcome.findings).toEqual([expect.objectContaining({ severity: 'error', ...finding })])
  })
}

describe('where a mistake in a module is', () => {
  const mistakes: readonly (readonly [why: string, name: string, text: string, line: number, column: number])[] = [
    ['a syntax error in TypeScript', 'mw.ts', 'const a: number = 1\nconst = 2\n', 2, 7],
    ['a syntax error in JavaScript', 'mw.js', 'const a = 1\nexport default a b\n', 2, 18],
    ['syntax that cannot be stripped', 'mw.ts', '\nenum A { B }\n', 2, 1],
    ['an error while it runs', 'mw.ts', 'const a: any = undefined\nconst c = a.b\n', 2, 13],
    ['an import that brings nothing', 'mw.ts', "\n\nimport { nothing } from 'node:fs'\n", 3, 10],
  ]
  for (const [why, name, text, line, column] of mistakes) {
    test(`${why} is told`, async () => {
      await using folder = await temporaryFolder()
      const file = await folder.write(name, text)
      using custom = customMiddlewares()
      const { findings } = await outcomeOf(custom, saying(folder, `file: ${name}`))
      expect(findings.map(({ source }) => source)).toEqual([{ kind: 'file', file, line, column }])
    })
  }
})

describe('a version that does not work', () => {
  const broken: readonly (readonly [why: string, change: (file: string) => Promise<unknown>])[] = [
    ['it cannot be parsed', (file) => writeFile(file, 'const = 1')],
    ['it throws', (file) => writeFile(file, 'throw 1')],
    ['its build throws', (file) => writeFile(file, GOOD.replace('most === 13', 'most > 0'))],
    ['it takes other options', (file) => writeFile(file, GOOD.replace('min: 1, default: 2', 'min: 10, default: 20'))],
    ['it is gone', (file) => rm(file)],
  ]
  for (const [why, change] of broken) {
    test(`leaves the last one live, where ${why}, until there is one that does`, async () => {
      await using folder = await temporaryFolder()
      const file = await folder.write('mw.ts', GOOD)
      using custom = customMiddlewares()
      const said = saying(folder, '{ file: mw.ts, options: { most: 5 } }')
      await outcomeOf(custom, said)
      await change(file)
      const kept = await outcomeOf(custom, said)
      expect(kept).toMatchObject({ isDisabled: false, source: GOOD })
      expect(kept.findings).toEqual([expect.objectContaining({ severity: 'error', hint: 'the last version that worked stays live' })])
      const better = `${GOOD}// Better.\n`
      await writeFile(file, better)
      expect(await outcomeOf(custom, said)).toEqual({ findings: [], isDisabled: false, source: better })
    })
  }

  test('does not stand in for wrong options', async () => {
    await using folder = await temporaryFolder()
    await folder.write('mw.ts', GOOD)
    using custom = customMiddlewares()
    await outcomeOf(custom, saying(folder, 'file: mw.ts'))
    expect(await outcomeOf(custom, saying(folder, '{ file: mw.ts, options: { most: 0 } }'))).toMatchObject({ isDisabled: true })
  })
})

test('a module that never lets go of its thread is stopped', async () => {
  await using folder = await temporaryFolder()
  await folder.write('mw.ts', 'for (;;) {}')
  using custom = customMiddlewares(undefined, new CustomChecker(300))
  const { findings, isDisabled } = await outcomeOf(custom, saying(folder, 'file: mw.ts'))
  expect(isDisabled).toBe(true)
  expect(findings[0]?.message).toContain('it did not get ready in 0.3 s')
})

test('a change of a file is told, however it is written', async () => {
  await using folder = await temporaryFolder()
  const file = await folder.write('mw.ts', GOOD)
  let heard = Promise.withResolvers<void>()
  using custom = customMiddlewares(() => heard.resolve())
  for (const change of [() => writeFile(file, `${GOOD} `), () => writeFile(`${file}.new`, GOOD).then(() => rename(`${file}.new`, file))]) {
    heard = Promise.withResolvers()
    await outcomeOf(custom, saying(folder, 'file: mw.ts'))
    await change()
    await heard.promise
  }
})
