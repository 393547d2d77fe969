import { describe, expect, test } from 'vitest'
import { containerOf, type Facts } from '../test/fake-engine.ts'
import { readContainer } from './container.ts'
import { type PlaceOptions, placeOf } from './place.ts'

const OPTIONS: PlaceOptions = { wanted: undefined, own: undefined, label: 'gateway.docker.network', useBindPortIP: false }
const published = (HostIp: string) => ({ '80/tcp': [{ HostIp, HostPort: '8080' }] })

interface Case {
  readonly why: string
  readonly facts: Facts
  readonly lender?: Facts
  readonly port?: number
  readonly options?: Partial<PlaceOptions>
  readonly address?: string
  readonly problem?: string
  readonly remark?: RegExp
}

function place({ facts, lender, port, options }: Case) {
  const { where } = readContainer(containerOf('web', facts), {
    lender: lender && containerOf('lender', lender),
    hostAddress: '192.0.2.1',
  })
  return placeOf(where, { port }, { ...OPTIONS, ...options })
}

const cases: readonly Case[] = [
  { why: 'the only port of the only network is taken', facts: {}, address: '10.0.0.2:80' },
  {
    why: 'the lowest port is the lowest number, and that is told',
    facts: { ports: { '1000/tcp': null, '90/tcp': null } },
    address: '10.0.0.2:90',
    remark: /several are exposed \(90, 1000\)/,
  },
  { why: 'a port in two protocols is one', facts: { ports: { '53/tcp': null, '53/udp': null } }, address: '10.0.0.2:53' },
  { why: 'a label names the port', facts: { ports: { '80/tcp': null, '90/tcp': null } }, port: 90, address: '10.0.0.2:90' },
  { why: 'without a port there is no server', facts: { ports: {} }, problem: 'the port is missing' },
  {
    why: 'what the image exposes counts where the engine tells no ports',
    facts: { mode: 'host', networks: {}, ports: {}, exposed: ['3000/tcp'] },
    address: '192.0.2.1:3000',
  },
  { why: 'an address of version 6 stands in brackets', facts: { networks: { front: 'fd00::2' } }, address: '[fd00::2]:80' },
  { why: 'without an address there is no server', facts: { networks: { none: '' } }, problem: 'it has no address' },
  {
    why: 'the network of another container is used',
    facts: { mode: 'container:abc', networks: {} },
    lender: { networks: { vpn: '10.9.9.9' } },
    address: '10.9.9.9:80',
  },
  {
    why: 'the container whose network is used uses the host',
    facts: { mode: 'container:abc', networks: {} },
    lender: { mode: 'host' },
    address: '192.0.2.1:80',
  },
  {
    why: 'the container whose network is used is gone',
    facts: { mode: 'container:abc', networks: {} },
    problem: 'it uses the network of the container abc, which is gone',
  },
  {
    why: 'the published address is used where that is wished',
    facts: { ports: published('127.0.0.1') },
    options: { useBindPortIP: true },
    address: '127.0.0.1:8080',
  },
  {
    why: 'the published address of a labelled port is used',
    facts: { ports: { '70/tcp': null, ...published('127.0.0.1') } },
    port: 80,
    options: { useBindPortIP: true },
    address: '127.0.0.1:8080',
  },
  {
    why: 'another container publishes',
    facts: { mode: 'container:abc', networks: {}, ports: {}, exposed: ['80/tcp'] },
    lender: { ports: published('127.0.0.1') },
    options: { useBindPortIP: true },
    address: '127.0.0.1:8080',
  },
  {
    why: 'published everywhere is no address',
    facts: { ports: published('0.0.0.0') },
    options: { useBindPortIP: true },
    address: '10.0.0.2:80',
    remark: /on all addresses of the host/,
  },
  { why: 'not published is no address', facts: {}, options: { useBindPortIP: true }, address: '10.0.0.2:80', remark: /is not published/ },
]

describe('the place of a server', () => {
  for (const one of cases) {
    test(one.why, () => {
      const found = place(one)
      expect('problem' in found ? { problem: found.problem } : { address: found.address }).toEqual(
        one.problem === undefined ? { address: one.address } : { problem: one.problem },
      )
      expect(found.remarks.map(({ message }) => message)).toEqual(one.remark === undefined ? [] : [expect.stringMatching(one.remark)])
    })
  }
})
