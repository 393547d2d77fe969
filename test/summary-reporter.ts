import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/** Ends a run with one plain line, `N passed, N failed, N skipped`, after the reasons of what was skipped. */
export class SummaryReporter implements Reporter {
  readonly #print: (line: string) => void

  constructor(print: (line: string) => void = console.log) {
    this.#print = print
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      // What breaks outside of a test, such as a file that does not load or a hook, fails too.
      counts.failed += errorsOutsideTests(module)
      for (const { fullName, result } of resultsOf(module)) {
        counts[result.state] += 1
        if (result.state === 'skipped' && result.note !== undefined) this.#print(`skipped: ${fullName} (${result.note})`)
      }
    }
    // A test that has not ended has not passed.
    const failed = counts.failed + counts.pending
    this.#print(`${counts.passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`)
  }
}

function* resultsOf(module: TestModule) {
  for (const testCase of module.children.allTests()) yield { fullName: testCase.fullName, result: testCase.result() }
}

function errorsOutsideTests(module: TestModule): number {
  const suites = [...module.children.allSuites()]
  return module.errors().length + suites.reduce((sum, suite) => sum + suite.errors().length, 0)
}
