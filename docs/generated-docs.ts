import { file } from '../plugins/provider-file/src/index.ts'
import { dynamicConfiguration } from '../src/config/dynamic.ts'
import { staticConfiguration } from '../src/config/static.ts'
import { CODES } from '../src/errors.ts'
import { FINDING_CODES } from '../src/findings/finding.ts'
import { toJsonSchema, toMarkdown } from '../src/schema/index.ts'

const NOTE = '<!-- Made from the option schemas by `npm run build`; do not edit. -->\n\n'

/** Every generated file below docs/ with its text: the schemas are the only source. */
export function generatedDocs(): Map<string, string> {
  const statics = staticConfiguration([file])
  return new Map([
    ['reference/static-configuration.md', NOTE + toMarkdown(statics, { title: 'Static configuration' })],
    ['reference/dynamic-configuration.md', NOTE + toMarkdown(dynamicConfiguration, { title: 'Dynamic configuration' })],
    ['reference/errors.md', NOTE + errorsPage()],
    ['reference/findings.md', NOTE + findingsPage()],
    ['schema/static.json', json(toJsonSchema(statics, { title: 'Gateway static configuration' }))],
    ['schema/dynamic.json', json(toJsonSchema(dynamicConfiguration, { title: 'Gateway dynamic configuration' }))],
  ])
}

function errorsPage(): string {
  const rows = Object.entries(CODES).map(([code, { status, fault, text }]) => `| \`${code}\` | ${status} | ${fault} | ${text} |`)
  return [
    '# Errors',
    '',
    'What goes wrong while a request is served. The fault decides the level of the log line and whether another server may be tried.',
    '',
    '| code | status | fault | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

function findingsPage(): string {
  const rows = Object.entries(FINDING_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  return [
    '# Findings',
    '',
    'What `gateway validate` and `gateway serve` say about a configuration.',
    '',
    '| code | meaning |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
