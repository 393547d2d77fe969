#!/usr/bin/env node
// Old versions of Node.js must get as far as the check: no static imports, and no syntax newer than `import()`.
const { node: version } = process.versions

if (Number.parseInt(version, 10) < 24) {
  console.error(
    `gateway needs Node.js 24 or newer and this is v${version}: install it from https://nodejs.org, or start gateway with npx or an npm script, which bring their own.`,
  )
  process.exitCode = 1
} else {
  start(process.argv.slice(2))
}

function start(argv) {
  // Container engines check health every few seconds: that must not pay for the start of the whole program.
  const checksHealth = ['healthcheck', 'ping'].includes(argv[0]) && !argv.includes('--help') && !argv.includes('-h')
  if (checksHealth) {
    const folder = `${import.meta.dirname}/../dist/healthcheck`
    import('../dist/cli/kept-code.js').then((room) => room.loadWithCode(folder, 'index.cjs').main(argv.slice(1)))
  } else {
    process.getBuiltinModule('node:module').enableCompileCache()
    // Starting leaves little behind that lives: a nursery that does not grow meanwhile saves 7 MiB for as long as it runs.
    process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
    import('../dist/cli/main.js').then((room) => room.main(argv))
  }
}
