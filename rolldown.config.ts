import { defineConfig } from 'rolldown'

/** The health check in two files: a small one that nearly always suffices, and one with the parsers and the vocabulary. */
export default defineConfig({
  input: 'src/cli/healthcheck.ts',
  platform: 'node',
  // This build of yaml is made of ES modules, so what is not used stays out.
  resolve: { alias: { yaml: `${import.meta.dirname}/node_modules/yaml/browser/index.js` } },
  preserveEntrySignatures: 'allow-extension',
  output: { dir: 'dist/healthcheck', entryFileNames: 'index.js', chunkFileNames: '[name].js', minify: true, cleanDir: true },
})
