import { expect, test } from 'vitest'
import { parseStaticFlags, splitStaticFlags } from './flags.ts'
import { staticConfiguration } from './static.ts'

const schema = staticConfiguration([])

const splits = [
  { why: 'a dotted flag', argv: ['--log.level=DEBUG'], staticArgs: ['--log.level=DEBUG'] },
  { why: 'one dash', argv: ['-log.level=DEBUG'], staticArgs: ['--log.level=DEBUG'] },
  { why: 'a value of its own', argv: ['--log.level', 'DEBUG', 'x'], staticArgs: ['--log.level=DEBUG'], rest: ['x'] },
  { why: 'another case', argv: ['--ENTRYPOINTS.web.ADDRESS', ':80'], staticArgs: ['--ENTRYPOINTS.web.ADDRESS=:80'] },
  { why: 'a value with an equals sign', argv: ['--a.b=c=d'], staticArgs: ['--a.b=c=d'] },
  { why: 'an empty value', argv: ['--log.level=', 'x'], staticArgs: ['--log.level='], rest: ['x'] },
  { why: 'a section, which takes no argument', argv: ['--ping', 'x'], staticArgs: ['--ping=true'], rest: ['x'] },
  { why: 'a section that does not work yet', argv: ['--api', 'x'], staticArgs: ['--api=true'], rest: ['x'] },
  { why: 'a boolean, which takes no argument', argv: ['--log.noColor', 'x'], staticArgs: ['--log.noColor=true'], rest: ['x'] },
  { why: 'a boolean that is off', argv: ['--log.noColor=false'], staticArgs: ['--log.noColor=false'] },
  { why: 'a section switched off', argv: ['--ping=false'], staticArgs: ['--ping=false'] },
  { why: 'a list, which takes an argument', argv: ['--providers.precedence', 'file'], staticArgs: ['--providers.precedence=file'] },
  { why: 'an argument that looks like a flag', argv: ['--log.level', '--api'], staticArgs: ['--log.level=--api'] },
  { why: 'a value that is missing', argv: ['--log.level'], staticArgs: ['--log.level'] },
  { why: 'an unknown option before a value', argv: ['--a.b', 'c'], staticArgs: ['--a.b=c'] },
  { why: 'an unknown option before a flag', argv: ['--a.b', '--json'], staticArgs: ['--a.b=true'], rest: ['--json'] },
  { why: 'an option that was removed', argv: ['--pilot', 'x'], staticArgs: ['--pilot=true'], rest: ['x'] },
  { why: 'flags of the command', argv: ['--json', '-c', 'a.yml', 'x'], rest: ['--json', '-c', 'a.yml', 'x'] },
  {
    why: 'the file in any case',
    argv: ['--configfile', 'a.yml', '--CONFIGFILE=b.yml'],
    rest: ['--configFile=a.yml', '--configFile=b.yml'],
  },
  { why: 'the file without a name', argv: ['--configFile'], rest: ['--configFile'] },
  { why: 'everything after two dashes', argv: ['--ping', '--', '--ping'], staticArgs: ['--ping=true'], rest: ['--', '--ping'] },
  { why: 'malformed flags', argv: ['---x.y', '-=z', '-'], rest: ['---x.y', '-=z', '-'] },
]

for (const { why, argv, staticArgs = [], rest = [] } of splits) {
  test(`a command line is split at ${why}`, () => {
    expect(splitStaticFlags(argv, schema)).toEqual({ staticArgs, rest })
  })
}

for (const { why, argv } of splits) {
  test(`splitting again changes nothing: ${why}`, () => {
    const { staticArgs } = splitStaticFlags(argv, schema)
    expect(splitStaticFlags(staticArgs, schema)).toEqual({ staticArgs, rest: [] })
  })
}

test('a flag becomes an entry that knows which flag it was', () => {
  expect(parseStaticFlags(['--entryPoints.web.address=:80']).entries).toEqual([
    { path: ['entryPoints', 'web', 'address'], value: ':80', source: { kind: 'flag', flag: '--entryPoints.web.address' } },
  ])
})

test('a flag without its value is a finding', () => {
  expect(parseStaticFlags(['--log.level'])).toMatchObject({
    entries: [],
    findings: [{ code: 'GTW_MISSING', severity: 'error', source: { kind: 'flag', flag: '--log.level' } }],
  })
})
