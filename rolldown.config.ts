import { execFileSync } from 'node:child_process'
import { relative } from 'node:path'
import { defineConfig } from 'rolldown'

const ROOT = import.meta.dirname
const FOLDER = `${ROOT}/dist/healthcheck`

const escaped = (code: string): string => code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/**
 * The health check: a small file that nearly always suffices, the parsers, and the vocabulary. CommonJS, because an ES module
 * that imports `node:fs` makes Node.js load all that it could export.
 */
const healthcheck = defineConfig({
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

/**
 * What a worker runs, in a few files instead of four hundred: each module that a thread loads takes about 20 KB of its heap
 * beside its code (10 MiB for each worker, all together). Names and lines stay readable, as stacks of errors tell them.
 */
const dataPlane = defineConfig({
  input: {
    worker: 'src/proxy/worker.ts',
    // What users' middlewares import has to be of one piece with what runs them.
    'middleware-api/index': 'src/middleware-api/index.ts',
    'proxy/password-thread': 'src/proxy/password-thread.ts',
  },
  platform: 'node',
  external: /^[^./]/,
  plugins: [
    {
      name: 'own-place',
      // A module finds others beside it, wherever its code has come to lie: in a file at the top of the folder.
      transform(code, id) {
        if (!code.includes('import.meta.')) return null
        const place = JSON.stringify(`./${relative(`${ROOT}/src`, id).replace(/\.ts$/, '.js')}`)
        return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`)
      },
      generateBundle(_, bundle) {
        for (const { type, fileName, ...file } of Object.values(bundle)) {
          const isLost = type === 'chunk' && fileName.includes('/') && 'code' in file && file.code.includes('import.meta.')
          if (isLost) throw new Error(`${fileName} must not look for files beside it`)
        }
      },
    },
  ],
  output: { dir: `${ROOT}/dist/data-plane`, format: 'esm', comments: false, cleanDir: true },
})

export default [healthcheck, dataPlane]
