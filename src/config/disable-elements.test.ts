import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { boolean, object, string } from '../schema/index.ts'
import { disableElements, type Usable } from './disable-elements.ts'
import { loadStatic } from './load.ts'

const file = { name: 'file', options: object('Reads files.', { filename: string('A file.'), watch: boolean('Watch it.') }) }

async function disable(yaml: string, env: NodeJS.ProcessEnv = {}, argv: readonly string[] = []): Promise<Usable> {
  await using folder = await temporaryFolder()
  await folder.write('gateway.yml', yaml)
  return disableElements(await loadStatic({ argv, env, cwd: folder.path, providers: [file] }))
}

const lines = ({ findings }: Usable): string[] => findings.map(({ severity, message }) => `${severity} ${message}`)

const WEB = 'entryPoints:\n  web:\n    address: ":80"\n'
const ADMIN = '  admin:\n    address: ":81"\n'
const UNKNOWN = (key: string, place: string): string => `unknown key "${key}" ${place}`
const WIDE_OPEN = 'warning api.insecure shows the whole configuration to everyone who can connect'

interface Case {
  readonly why: string
  readonly yaml: string
  readonly env?: NodeJS.ProcessEnv
  readonly disabled: readonly string[]
  readonly says: readonly string[]
  /** Entry points that are left. */
  readonly left?: readonly string[]
}

const cases: readonly Case[] = [
  { why: 'nothing wrong', yaml: `${WEB}ping: {}\n`, disabled: [], says: [], left: ['web', 'gateway'] },
  {
    why: 'in an entry point',
    yaml: `${WEB}    adres: x\n${ADMIN}`,
    disabled: ['entryPoints.web'],
    says: [`warning entryPoints.web is off: ${UNKNOWN('adres', 'in entryPoints.web')}`],
    left: ['admin'],
  },
  {
    why: 'deep in an entry point',
    yaml: `${WEB}    http:\n      middleware: [a@file]\n${ADMIN}`,
    disabled: ['entryPoints.web'],
    says: [`warning entryPoints.web is off: ${UNKNOWN('middleware', 'in entryPoints.web.http')}`],
    left: ['admin'],
  },
  {
    why: 'in place of an option that must be given',
    yaml: `${WEB}  admin:\n    adress: ":81"\n`,
    disabled: ['entryPoints.admin'],
    says: [`warning entryPoints.admin is off: ${UNKNOWN('adress', 'in entryPoints.admin')}`],
    left: ['web'],
  },
  {
    why: 'twice in an entry point',
    yaml: `${WEB}    a1: x\n    b2: y\n${ADMIN}`,
    disabled: ['entryPoints.web'],
    says: ['a1', 'b2'].map((key) => `warning entryPoints.web is off: ${UNKNOWN(key, 'in entryPoints.web')}`),
    left: ['admin'],
  },
  {
    why: 'in an entry point with an odd name, in odd spelling',
    yaml: `ENTRYPOINTS:\n  "a.b c":\n    address: ":80"\n    x: y\n${ADMIN}`,
    disabled: ['entryPoints."a.b c"'],
    says: [`warning entryPoints."a.b c" is off: ${UNKNOWN('x', 'in ENTRYPOINTS."a.b c"')}`],
    left: ['admin'],
  },
  {
    why: 'in a variable, which knows no case',
    yaml: WEB.replace('web', 'Web') + ADMIN,
    env: { GATEWAY_ENTRYPOINTS_WEB_ADRESS: ':82' },
    disabled: ['entryPoints.Web'],
    says: [`warning entryPoints.Web is off: ${UNKNOWN('adress', 'in entryPoints.Web')}`],
    left: ['admin'],
  },
  {
    why: 'in the entry point that answers ping',
    yaml: `${WEB}    x: y\n${ADMIN}ping:\n  entryPoint: web\n`,
    disabled: ['entryPoints.web', 'ping'],
    says: [`warning entryPoints.web and ping are off: ${UNKNOWN('x', 'in entryPoints.web')}`],
    left: ['admin'],
  },
  {
    why: 'in an entry point that ping does without',
    yaml: `${WEB}    x: y\n${ADMIN}ping:\n  entryPoint: web\n  manualRouting: true\n`,
    disabled: ['entryPoints.web'],
    says: [`warning entryPoints.web is off: ${UNKNOWN('x', 'in entryPoints.web')}`],
    left: ['admin'],
  },
  {
    why: 'in ping, whose own entry point goes with it',
    yaml: `${WEB}ping:\n  entryPont: web\n`,
    disabled: ['ping'],
    says: [`warning ping is off: ${UNKNOWN('entryPont', 'in ping')}`],
    left: ['web'],
  },
  {
    why: 'in ping, whose entry point someone wrote',
    yaml: `${WEB}  traefik:\n    address: ":8080"\nping:\n  entryPont: web\n`,
    disabled: ['ping'],
    says: [`warning ping is off: ${UNKNOWN('entryPont', 'in ping')}`],
    left: ['web', 'traefik'],
  },
  {
    why: 'in the API, whose entry point goes with it',
    yaml: `${WEB}api:\n  insecure: true\n  dashbord: true\n`,
    disabled: ['api'],
    says: [`warning api is off: ${UNKNOWN('dashbord', 'in api')}`, WIDE_OPEN],
    left: ['web'],
  },
  {
    why: 'in the API, whose entry point ping needs',
    yaml: `${WEB}ping: {}\napi:\n  insecure: true\n  dashbord: true\n`,
    disabled: ['api'],
    says: [`warning api is off: ${UNKNOWN('dashbord', 'in api')}`, WIDE_OPEN],
    left: ['web', 'gateway'],
  },
  {
    why: 'in the entry point that publishes the API',
    yaml: `${WEB}  gateway:\n    address: ":8080"\n    x: y\napi:\n  insecure: true\n`,
    disabled: ['entryPoints.gateway', 'api'],
    says: [`warning entryPoints.gateway and api are off: ${UNKNOWN('x', 'in entryPoints.gateway')}`, WIDE_OPEN],
    left: ['web'],
  },
  {
    why: 'in a provider',
    yaml: `${WEB}providers:\n  file:\n    filname: a.yml\n`,
    disabled: ['providers.file'],
    says: [`warning providers.file is off: ${UNKNOWN('filname', 'in providers.file')}`],
  },
  {
    why: 'among the providers',
    yaml: `${WEB}providers:\n  flie: {}\n`,
    disabled: [],
    says: [`warning ignored: ${UNKNOWN('flie', 'in providers')}`],
  },
  {
    why: 'in any other section',
    yaml: `${WEB}log:\n  levle: DEBUG\nglobal:\n  x: y\n`,
    disabled: [],
    says: [`warning ignored: ${UNKNOWN('levle', 'in log')}`, `warning ignored: ${UNKNOWN('x', 'in global')}`].reverse(),
  },
  { why: 'at the root', yaml: `${WEB}pingg: {}\n`, disabled: [], says: [`warning ignored: ${UNKNOWN('pingg', 'at the top level')}`] },
  {
    why: 'that was removed',
    yaml: `${WEB}pilot: {}\nhttp: {}\n`,
    disabled: [],
    says: ['warning ignored: pilot was removed', 'warning ignored: http belongs to the dynamic configuration'],
  },
  {
    why: 'in the only entry point',
    yaml: `${WEB}    x: y\n`,
    disabled: ['entryPoints.web'],
    says: [`warning entryPoints.web is off: ${UNKNOWN('x', 'in entryPoints.web')}`, 'error no entry point is left'],
    left: [],
  },
  {
    why: 'in the only entry point beside that of ping',
    yaml: `${WEB}    x: y\nping: {}\n`,
    disabled: ['entryPoints.web'],
    says: [`warning entryPoints.web is off: ${UNKNOWN('x', 'in entryPoints.web')}`, 'error no entry point is left'],
    left: ['gateway'],
  },
  {
    why: 'in the only default among several entry points',
    yaml: `${WEB}    asDefault: true\n    x: y\n${ADMIN}`,
    disabled: ['entryPoints.web'],
    says: [`warning entryPoints.web is off: ${UNKNOWN('x', 'in entryPoints.web')}`, 'error no entry point with `asDefault` is left'],
    left: ['admin'],
  },
  {
    why: 'that was to make an entry point the only default',
    yaml: `${WEB}    asDefalt: true\n${ADMIN}`,
    disabled: ['entryPoints.web'],
    says: [`warning entryPoints.web is off: ${UNKNOWN('asDefalt', 'in entryPoints.web')}`, 'error no entry point with `asDefault` is left'],
    left: ['admin'],
  },
]

for (const { why, yaml, env, disabled, says, left } of cases) {
  test(`An unknown key disables no more than what holds it: ${why}`, async () => {
    const usable = await disable(yaml, env)
    expect(lines(usable)).toEqual(says)
    expect(usable.disabled).toEqual(disabled)
    const { entryPoints, providers, ping } = usable.configuration
    if (left !== undefined) expect(Object.keys(entryPoints)).toEqual(left)
    if (disabled.includes('ping')) expect(ping).toBeUndefined()
    if (disabled.includes('providers.file')) expect(providers).not.toHaveProperty('file')
    expect(providers).toHaveProperty('precedence')
  })
}

const errors: readonly { why: string; yaml: string; argv?: readonly string[] }[] = [
  { why: 'a wrong type', yaml: `${WEB}log: 1\n` },
  { why: 'a bad address', yaml: 'entryPoints:\n  web:\n    address: nowhere\n' },
  { why: 'a missing address', yaml: 'entryPoints:\n  web:\n    asDefault: true\n' },
  { why: 'a bad value beside an unknown key', yaml: `${WEB}    reusePort: perhaps\n    x: y\n${ADMIN}` },
  { why: 'a provider that is not installed', yaml: `${WEB}providers:\n  docker: {}\n` },
  { why: 'ping on no entry point', yaml: `${WEB}ping:\n  entryPoint: wbe\n` },
  { why: 'a key that stands twice', yaml: `${WEB}${WEB}` },
  { why: 'a key that no object may have', yaml: `${WEB}__proto__: {}\n` },
  { why: 'a misspelt flag', yaml: WEB, argv: ['--log.levle=DEBUG'] },
]

for (const { why, yaml, argv } of errors) {
  test(`An error stays an error: ${why}`, async () => {
    expect((await disable(yaml, {}, argv)).findings.map(({ severity }) => severity)).toContain('error')
  })
}

test('a finding keeps its place and its suggestion', async () => {
  const { findings } = await disable(`${WEB}    asDefalt: true\n${ADMIN}`)
  expect(findings[0]).toMatchObject({
    code: 'GTW_UNKNOWN_KEY',
    suggestion: 'asDefault',
    path: 'entryPoints.web.asDefalt',
    source: { line: 4, column: 5 },
  })
})
