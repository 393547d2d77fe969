import { check } from 'gateway/provider'
import { describe, expect, test } from 'vitest'
import { addressOf } from './endpoint.ts'
import { dockerOptions } from './options.ts'

describe('the option `endpoint`', () => {
  const cases = [
    { endpoint: 'unix:///run/docker.sock', isSecure: false, address: { socketPath: '/run/docker.sock' } },
    { endpoint: 'tcp://10.0.0.1:2375', isSecure: false, address: { protocol: 'http', host: '10.0.0.1', port: 2375 } },
    { endpoint: 'tcp://10.0.0.1', isSecure: false, address: { protocol: 'http', host: '10.0.0.1', port: 2375 } },
    { endpoint: 'tcp://10.0.0.1', isSecure: true, address: { protocol: 'https', host: '10.0.0.1', port: 2376 } },
    { endpoint: 'tcp://host:80', isSecure: false, address: { protocol: 'http', host: 'host', port: 80 } },
    { endpoint: 'http://proxy', isSecure: false, address: { protocol: 'http', host: 'proxy', port: 80 } },
    { endpoint: 'https://proxy/', isSecure: false, address: { protocol: 'https', host: 'proxy', port: 443 } },
    { endpoint: 'tcp://[::1]:2375', isSecure: false, address: { protocol: 'http', host: '[::1]', port: 2375 } },
  ]
  for (const { endpoint, isSecure, address } of cases) {
    test(`${endpoint} ${isSecure ? 'with' : 'without'} TLS is understood`, () => expect(addressOf(endpoint, isSecure)).toEqual(address))
  }
  for (const endpoint of ['ssh://root@host', 'docker.sock', 'tcp://', '']) {
    test(`"${endpoint}" is refused with what would be right`, () => {
      expect(() => addressOf(endpoint, false)).toThrow('expected is an address that begins with unix://')
      expect(check(dockerOptions, { endpoint }).issues).toMatchObject([
        { path: ['endpoint'], expected: expect.stringContaining('begins with unix://') },
      ])
    })
  }
})
