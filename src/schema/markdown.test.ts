import { expect, test } from 'vitest'
import {
  anything,
  boolean,
  deprecated,
  duration,
  enumeration,
  filled,
  integer,
  list,
  map,
  object,
  string,
  toMarkdown,
  unsupported,
} from './index.ts'

test('the reference has a row for every option, in the order of the schema', () => {
  const server = object('A server.', { url: string('Address `a|b`\nof it.', { required: true }) })
  const schema = object('What there is.', {
    name: string('Name.'),
    wait: duration('Wait.', { default: '1s' }),
    mode: enumeration(['keep', 'drop'], 'Mode.', { default: 'keep' }),
    buckets: list(integer('Bound.'), 'Buckets.', { default: [1, 2] }),
    servers: list(server, 'Servers.'),
    headers: map(string('Value.'), 'Headers.'),
    routers: map(object('A router.', { on: boolean('On.', { default: true }) }), 'Routers.'),
    deep: filled(object('Deep.', { one: anything('One.') })),
    tls: object('Tls.', {}, { standalone: true }),
    later: unsupported('Later.'),
    old: deprecated(string('Old.'), 'has no effect'),
  })
  expect(toMarkdown(schema, { title: 'Options', prefix: 'a.<name>' })).toBe(`# Options

What there is.

| Option | Type | Default | Description |
| --- | --- | --- | --- |
| \`a.<name>.name\` | string |  | Name. |
| \`a.<name>.wait\` | duration | \`1s\` | Wait. |
| \`a.<name>.mode\` | \`keep\`, \`drop\` | \`keep\` | Mode. |
| \`a.<name>.buckets\` | list of integer | \`1,2\` | Buckets. |
| \`a.<name>.servers\` | list of section |  | Servers. |
| \`a.<name>.servers[n].url\` | string | required | Address \`a\\|b\` of it. |
| \`a.<name>.headers\` | map of string |  | Headers. |
| \`a.<name>.routers\` | map of section |  | Routers. |
| \`a.<name>.routers.<name>\` | section | off | A router. |
| \`a.<name>.routers.<name>.on\` | boolean | \`true\` | On. |
| \`a.<name>.deep\` | section |  | Deep. |
| \`a.<name>.deep.one\` | anything |  | One. |
| \`a.<name>.tls\` | section | off | Tls. |
| \`a.<name>.later\` | – |  | Later. **Not supported yet.** |
| \`a.<name>.old\` | string |  | Old. **Old: it has no effect.** |
`)
})
