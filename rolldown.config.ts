import { execFileSync } from 'node:child_process'
import { defineConfig } from 'rolldown'

const ROOT = import.meta.dirname
const FOLDER = `${ROOT}/dist/healthcheck`

const escaped = (code: string): string => code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/**
 * The health check: a small file that nearly always suffices, the parsers, and the vocabulary. CommonJS, because an ES module
 * that imports `node:fs` makes Node.js load all that it could export.
 */
export default defineConfig({
  input: 'src/cli/healthcheck.ts',
  platform: 'node',
  // This build of yaml is made of ES modules, so what is not used stays out.
  resolve: { alias: { yaml: `${ROOT}/node_modules/yaml/browser/index.js` } },
  preserveEntrySignatures: 'allow-extension',
  plugins: [
    {
      name: 'ascii',
      // A string with one character beyond Latin-1 takes twice the memory, and V8 reads it more slowly.
      generateBundle(_, bundle) {
        for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk') chunk.code = escaped(chunk.code)
      },
    },
    {
      name: 'keep-code',
      // In a process of its own: the flags of this one are not those of a health check, and V8 compares them.
      writeBundle: () =>
        void execFileSync(process.execPath, [`${ROOT}/src/cli/healthcheck-trials.ts`, FOLDER], { env: {}, stdio: 'inherit' }),
    },
  ],
  output: {
    dir: FOLDER,
    format: 'cjs',
    entryFileNames: 'index.cjs',
    chunkFileNames: '[name].cjs',
    minify: true,
    cleanDir: true,
    // Every file that is opened costs as much as 20 KB more in another one.
    codeSplitting: {
      groups: [
        { name: 'document', test: /src\/findings\/(?:load-document|parsed-document|document-node|template-syntax|path)\.ts/, priority: 1 },
        { name: 'yaml', test: /yaml-document|node_modules\/yaml/ },
      ],
    },
  },
})
