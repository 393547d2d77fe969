import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './test/summary-reporter.ts'

export default defineConfig({
  resolve: {
    // Tests run plugin sources against the sources of the gateway, never against an older build.
    alias: {
      'gateway/middleware': new URL('./src/middleware-api/index.ts', import.meta.url).pathname,
      'gateway/provider': new URL('./src/provider/index.ts', import.meta.url).pathname,
    },
  },
  test: {
    include: ['{src,plugins,test,examples,docs,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    pool: 'forks',
    // Most tests wait for real services and timeouts: two files at once fit even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ['default', new SummaryReporter()],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What a test means must not depend on CI being set.
    allowOnly: false,
    retry: 0,
    update: 'none',
    watch: false,
  },
})
