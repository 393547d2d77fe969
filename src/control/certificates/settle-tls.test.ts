import { expect, test } from 'vitest'
import { deepFreeze } from '../../../test/harness/deep-freeze.ts'
import { staticOf } from '../../../test/harness/static.ts'
import { aggregate, type Said } from '../aggregator.ts'
import { verify } from '../verify.ts'
import { makeSelfSigned } from './self-signed.ts'

const filesOf = ({ cert, key }: ReturnType<typeof makeSelfSigned>) => ({ certFile: cert, keyFile: key })

const one = filesOf(makeSelfSigned('one', 'one.test'))
const wildcard = filesOf(makeSelfSigned('wildcard', '*.one.test'))

const ROUTERS = { http: { routers: { all: { rule: 'PathPrefix(`/`)', service: 'noop@internal', tls: {} } } } }

/** What is live of TLS, and every finding as `severity code path`, where each provider says this below `tls`. */
function settled(said: Readonly<Record<string, object>>) {
  const configuration = staticOf({
    entryPoints: { web: { address: ':443' } },
    certificatesResolvers: { le: { acme: { tlsChallenge: {} } } },
  })
  const messages = Object.entries(said).map(([provider, tls]) => ({ provider, message: { configuration: { ...ROUTERS, tls } } }))
  const all = messages.reduce<Said>((before, message) => aggregate(before, deepFreeze(message)), new Map())
  const { snapshot, findings } = verify(all, configuration)
  const told = findings.map(({ severity, code, path, suggestion }) => [severity, code, path, suggestion].filter(Boolean).join(' '))
  return { tls: snapshot.tls, told }
}

const generated = (resolver: string, main: string, ...sans: string[]) => ({ defaultGeneratedCert: { resolver, domain: { main, sans } } })

const AT = 'tls.stores.default.defaultGeneratedCert'

const cases = [
  {
    why: 'a default certificate from a resolver is wanted of it, and none is there yet',
    said: { file: { stores: { default: generated('le', 'one.test') } } },
    wanted: ['one.test'],
    told: [],
  },
  {
    why: 'a certificate that holds all of its names is taken for it',
    said: { file: { stores: { default: generated('le', 'ONE.test') } }, acme: { certificates: [one] } },
    wanted: ['ONE.test'],
    chosen: one,
    told: [],
  },
  {
    why: 'a wildcard holds them too',
    said: { file: { stores: { default: generated('le', 'a.one.test', 'b.one.test') } }, acme: { certificates: [one, wildcard] } },
    wanted: ['a.one.test', 'b.one.test'],
    chosen: wildcard,
    told: [],
  },
  {
    why: 'one that lacks a name is not taken for it',
    said: { file: { stores: { default: generated('le', 'one.test', 'two.test') } }, acme: { certificates: [one, wildcard] } },
    wanted: ['one.test', 'two.test'],
    told: [],
  },
  {
    why: 'a default certificate that is given wins over one from a resolver',
    said: { file: { stores: { default: { ...generated('le', 'two.test'), defaultCertificate: one } } } },
    chosen: one,
    told: [`warning GTW_CONFLICT ${AT}`],
  },
  {
    why: 'one that another provider gives wins as well',
    said: { file: { stores: { default: generated('le', 'two.test') } }, docker: { stores: { default: { defaultCertificate: one } } } },
    wanted: ['two.test'],
    chosen: one,
    told: [],
  },
  {
    why: 'of two providers that want one from a resolver, the first is heard',
    said: { file: { stores: { default: generated('le', 'two.test') } }, docker: { stores: { default: generated('le', 'three.test') } } },
    wanted: ['three.test'],
    told: [`error GTW_CONFLICT ${AT}`],
  },
  {
    why: 'a resolver that does not exist is told',
    said: { file: { stores: { default: generated('lee', 'two.test') } } },
    told: [`warning GTW_UNKNOWN_RESOLVER ${AT}.resolver le`],
  },
  {
    why: 'a resolver without names is told',
    said: { file: { stores: { default: { defaultGeneratedCert: { resolver: 'le' } } } } },
    told: [`error GTW_MISSING ${AT}.domain`],
  },
  {
    why: 'other stores, and certificates for them alone, are told and left alone',
    said: {
      file: { stores: { other: { defaultCertificate: one } }, certificates: [{ ...one, stores: ['other'] }] },
    },
    told: ['warning GTW_UNSUPPORTED tls.stores.other', 'warning GTW_UNSUPPORTED tls.certificates[0].stores'],
  },
  {
    why: 'the old option for the order of suites is told',
    said: { file: { options: { default: { preferServerCipherSuites: true } } } },
    told: ['warning GTW_DEPRECATED tls.options.default.preferServerCipherSuites'],
  },
]

for (const { why, said, wanted, chosen, told } of cases) {
  test(why, () => {
    const { tls, told: findings } = settled(said)
    expect(findings.sort()).toEqual([...told].sort())
    expect(tls?.generatedDefault?.names).toEqual(wanted)
    expect(tls?.defaultCertificate?.cert).toBe(chosen?.certFile)
  })
}
