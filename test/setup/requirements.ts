/** A command that tests run, the Debian package that brings it, and what it is for. */
export interface Requirement {
  readonly command: string
  readonly package: string
  readonly why: string
  /** Where only another suite of Debian has the package: it is unpacked beside the system, not installed. */
  readonly suite?: string
}

/** All that `npm test` needs beside Node and npm; a further service of the tests is a further row. */
export const requirements: readonly Requirement[] = [
  { command: 'nginx', package: 'nginx-light', why: 'a real origin' },
  { command: 'wrk', package: 'wrk', why: 'load' },
  { command: 'openssl', package: 'openssl', why: 'certificates, and a TLS client that is not ours' },
  { command: 'curl', package: 'curl', why: 'an HTTP client that is not ours' },
  { command: 'promtool', package: 'prometheus', why: 'what reads our metrics' },
  { command: 'chromium', package: 'chromium', why: 'a browser' },
  { command: 'strace', package: 'strace', why: 'counting system calls' },
  { command: 'etcd', package: 'etcd-server', why: 'a store to read configuration from' },
  { command: 'etcdctl', package: 'etcd-client', why: 'a client of etcd that is not ours' },
  { command: 'redis-server', package: 'redis-server', why: 'a store to read configuration from' },
  { command: 'redis-cli', package: 'redis-tools', why: 'a client of Redis that is not ours' },
  { command: 'pg_createcluster', package: 'postgresql', why: 'a server of another protocol, which has a STARTTLS of its own' },
  { command: 'psql', package: 'postgresql-client', why: 'its client' },
  { command: 'dockerd', package: 'docker.io', why: 'containers to read configuration from' },
  { command: 'iptables', package: 'iptables', why: 'networks of containers' },
  { command: 'busybox', package: 'busybox-static', why: 'what runs in containers' },
  { command: 'consul', package: 'consul', suite: 'bullseye', why: 'the source of the Consul providers' },
  { command: 'pebble', package: 'pebble', suite: 'sid', why: 'an authority of certificates' },
  { command: 'pebble-challtestsrv', package: 'pebble', suite: 'sid', why: 'the names that the authority asks for' },
]
