import { dynamicConfiguration } from '../config/dynamic.ts'
import { type Infer, integer, map, object, section, string } from '../schema/index.ts'
import { type Facts, type Fields, factsOf, type Schema } from '../schema/schema.ts'
import { urlProblem } from './server-url.ts'

/** What routers and services can be for. */
export const PROTOCOLS = ['http', 'tcp', 'udp'] as const

export type Protocol = (typeof PROTOCOLS)[number]

const port = integer('Port of the item; without one, the provider chooses.', { min: 1, max: 65_535 })

const ADDRESS = {
  http: {
    port,
    scheme: string('http, https or h2c.', { check: (value) => (/^(https?|h2c)$/i.test(value) ? undefined : 'http, https or h2c') }),
    url: string('The whole URL, in place of port and scheme.', { check: urlProblem }),
  },
  tcp: { port },
  udp: { port },
} satisfies Record<Protocol, Fields>

/** What labels say about the address of a server. */
export const serverLabels = object('The address of a server.', ADDRESS.http)

export type ServerLabels = Infer<typeof serverLabels>

/** The dynamic configuration as labels write it: where a file has `servers`, a service has one `server`, the item itself. */
export const labelConfiguration: Schema = toLabelSchema(dynamicConfiguration)

/** Turns the schema of a configuration into that of the labels that say the same. */
export function toLabelSchema(configuration: Schema): Schema {
  return change(configuration, (fields) => ({
    ...fields,
    ...Object.fromEntries(PROTOCOLS.flatMap((protocol) => labelled(protocol, fields[protocol]))),
  }))
}

/** The schema of what stands at a path such as `http`, `routers`, `app`; undefined where nothing is known about it. */
export function schemaAt(path: readonly string[], root: Schema = dynamicConfiguration): Schema | undefined {
  return path.reduce<Schema | undefined>((schema, step) => schema && schemaBelow(factsOf(schema), step), root)
}

function schemaBelow(facts: Facts, step: string): Schema | undefined {
  if (facts.kind === 'map' || facts.kind === 'list') return facts.item
  return facts.kind === 'object' ? facts.fields.get(facts.names.get(step.toLowerCase()) ?? '') : undefined
}

// A protocol that is not supported yet stays as it is.
function labelled(protocol: Protocol, schema: Schema | undefined): [string, Schema][] {
  if (schema === undefined || factsOf(schema).kind !== 'object') return []
  const loadBalancer = (fields: Fields): Fields => withServer(fields, protocol)
  const service = (fields: Fields): Fields => changeField(fields, 'loadBalancer', (one) => change(one, loadBalancer))
  return [[protocol, change(schema, (fields) => changeField(fields, 'services', (one) => changeItems(one, service)))]]
}

function withServer({ servers, ...fields }: Fields, protocol: Protocol): Fields {
  const facts = servers && factsOf(servers)
  const { url: _url, address: _address, ...others } = facts?.kind === 'list' ? fieldsOf(facts.item) : {}
  return { ...fields, server: object('The server that the item is.', { ...others, ...ADDRESS[protocol] }) }
}

function change(schema: Schema, fieldsAfter: (fields: Fields) => Fields): Schema {
  const { description, ...facts } = factsOf(schema)
  return facts.kind === 'object' ? object(description, fieldsAfter(fieldsOf(schema)), { standalone: facts.standalone }) : schema
}

function changeField(fields: Fields, name: string, schemaAfter: (schema: Schema) => Schema): Fields {
  const schema = fields[name]
  return schema === undefined ? fields : { ...fields, [name]: section(schemaAfter(schema)) }
}

function changeItems(schema: Schema, fieldsAfter: (fields: Fields) => Fields): Schema {
  const facts = factsOf(schema)
  return facts.kind === 'map' ? map(change(facts.item, fieldsAfter), facts.description) : schema
}

function fieldsOf(schema: Schema): Fields {
  const facts = factsOf(schema)
  return facts.kind === 'object' ? Object.fromEntries(facts.fields) : {}
}
