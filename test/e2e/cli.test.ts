import { describe, expect, test } from 'vitest'
import { DEV, folderWith, ROUTES, RUN, runCommand, STATIC } from '../harness/command-line.ts'
import { startProcess } from '../harness/process.ts'
import { temporaryFolder } from '../harness/temp.ts'

describe('The command line', () => {
  const cases: readonly { why: string; args: readonly string[]; code: number; stdout?: RegExp; stderr?: RegExp }[] = [
    { why: 'shows help when nothing is asked', args: [], code: 0, stdout: /COMMANDS[\s\S]+serve[\s\S]+validate/ },
    { why: 'shows help for -h', args: ['-h'], code: 0, stdout: /COMMANDS/ },
    { why: 'shows the version', args: ['--version'], code: 0, stdout: /^gateway\/\d+\.\d+\.\d+ / },
    { why: 'shows the version for -v', args: ['-v'], code: 0, stdout: /^gateway\// },
    { why: 'has a command for the version', args: ['version'], code: 0, stdout: /^gateway\// },
    { why: 'shows help for a command', args: ['healthcheck', '--help'], code: 0, stdout: /--configFile/ },
    {
      why: 'names the command that was meant',
      args: ['validat'],
      code: 2,
      stderr: /no command "validat"; did you mean `gateway validate`\?/,
    },
    {
      why: 'names the flag that was meant',
      args: ['serve', '--worker=2'],
      code: 2,
      stderr: /unknown flag --worker; did you mean --workers\?/,
    },
    {
      why: 'names the section that was meant',
      args: ['validate', '--entryPoint.web.address=:80'],
      code: 2,
      stderr: /unknown flag --entryPoint\.web\.address; did you mean --entryPoints\.web\.address\?/,
    },
    {
      why: 'names the option that was meant',
      args: ['config-dump', '--ping.entryPont=web'],
      code: 2,
      stderr: /unknown flag --ping\.entryPont; did you mean --ping\.entryPoint\?/,
    },
    {
      why: 'takes flags without a command for serve',
      args: ['--bogus'],
      code: 2,
      stderr: /unknown flag --bogus\nSee `gateway serve --help`/,
    },
    {
      why: 'refuses an argument too many',
      args: ['validate', 'gateway.yml'],
      code: 2,
      stderr: /`validate` takes no argument "gateway\.yml"/,
    },
    { why: 'refuses no workers', args: ['serve', '--workers', '0'], code: 2, stderr: /integer/ },
    {
      why: 'says which file is missing',
      args: ['serve', '-c', 'no.yml'],
      code: 3,
      stderr: /^error: the configuration cannot be read: .*no\.yml.*\n$/,
    },
    { why: 'says so when it only checks', args: ['validate', '--configfile', 'no.yml'], code: 3, stderr: /no\.yml/ },
  ]
  for (const { why, args, code, stdout = /^$/, stderr = /^$/ } of cases) {
    test(`${why}: gateway ${args.join(' ')}`, async () => {
      await using folder = await temporaryFolder()
      const done = await runCommand(args, { cwd: folder.path })
      expect(done.stdout).toMatch(stdout)
      expect(done.stderr).toMatch(stderr)
      expect(done.code).toBe(code)
    })
  }

  test('asks for a newer Node.js in one sentence where it is old', async () => {
    const pretend = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"22.11.0"}})'
    const done = await startProcess(process.execPath, ['--import', pretend, RUN, 'serve'])
    expect(await done.exited).toEqual({ code: 1, signal: null })
    expect(done.stderr).toMatch(/^gateway needs Node\.js 24 or newer and this is v22\.11\.0[^\n]*\.\n$/)
    expect(done.stdout).toBe('')
  })

  test('runs from its sources too', async () => {
    await using folder = await folderWith({ 'gateway.yml': STATIC, 'routes.yml': ROUTES })
    expect(await runCommand(['validate'], { cwd: folder.path }, DEV)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ok: 1 router/),
    })
  })
})
