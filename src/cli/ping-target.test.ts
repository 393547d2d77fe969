import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { loadPingTarget } from './ping-target.ts'

const WEB = 'entryPoints:\n  web:\n    address: "127.0.0.1:80"\n'

const answers: readonly { why: string; yaml: string; argv?: readonly string[]; target: object }[] = [
  {
    why: 'options beside the address',
    yaml: `${WEB}    http:\n      sanitizePath: true\nping:\n  entryPoint: web\n`,
    target: { port: 80 },
  },
  {
    why: 'mistakes that concern others',
    yaml: `${WEB}  b:\n    address: x\nlog: 1\nproviders:\n  docker: {}\nping: {}\n`,
    target: { port: 8080 },
  },
  {
    why: 'an address of version 6',
    yaml: 'entryPoints:\n  gateway:\n    address: "[::1]:81"\nping: {}\n',
    target: { host: '::1', port: 81 },
  },
  { why: 'a provider in a flag', yaml: 'ping: {}\n', argv: ['--providers.docker'], target: { host: '', port: 8080 } },
]

for (const { why, yaml, argv = [], target } of answers) {
  test(`ping is found in spite of ${why}`, async () => {
    await using folder = await temporaryFolder()
    await folder.write('gateway.yml', yaml)
    expect(await loadPingTarget({ argv, env: {}, cwd: folder.path })).toMatchObject(target)
  })
}

const refusals: readonly { why: string; yaml: string; argv?: readonly string[]; says: RegExp }[] = [
  { why: 'it is off', yaml: WEB, says: /^please enable `ping`/ },
  {
    why: 'it holds an unknown key',
    yaml: 'ping:\n  entryPont: x\n',
    says: /gateway\.yml:2:3: ping is off: unknown key "entryPont" in ping$/,
  },
  {
    why: 'its entry point holds an unknown key',
    yaml: `${WEB}    x: y\nping:\n  entryPoint: web\n`,
    says: /gateway\.yml:4:5: entryPoints\.web and ping are off: unknown key "x"/,
  },
  {
    why: 'its entry point has a wrong value',
    yaml: `${WEB}    reusePort: 2\nping:\n  entryPoint: web\n`,
    says: /gateway\.yml:4:16: .*reusePort is 2/,
  },
  { why: 'its entry point does not exist', yaml: `${WEB}ping:\n  entryPoint: wbe\n`, says: /gateway\.yml:5:15: ping\.entryPoint is "wbe"/ },
  { why: 'the file is broken', yaml: 'ping: [\n', says: /gateway\.yml:\d+:\d+: / },
  { why: 'a flag is wrong', yaml: 'ping: {}\n', argv: ['--log.level=LOUD'], says: /^--log\.level: log\.level is "LOUD"$/ },
]

for (const { why, yaml, argv = [], says } of refusals) {
  test(`ping is not found where ${why}, and the message tells the place`, async () => {
    await using folder = await temporaryFolder()
    await folder.write('gateway.yml', yaml)
    await expect(loadPingTarget({ argv, env: {}, cwd: folder.path })).rejects.toThrow(says)
  })
}
