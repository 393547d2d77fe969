import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** A package that the suite of this machine lacks, and a suite that has it. */
export interface ForeignPackage {
  readonly package: string
  readonly suite: string
}

/** Unpacks packages of other suites into a folder: apt checks their signatures, and the system stays as it is. Returns what failed. */
export function unpackForeign(packages: readonly ForeignPackage[], folder: string): string | undefined {
  const mirror = mirrorOf(aptSources())
  if (mirror === undefined) return 'the sources of apt name no mirror of Debian'
  mkdirSync(folder, { recursive: true })
  for (const one of packages) {
    const failure = inTemporaryFolder((work) => unpack(one, { mirror, work, folder }))
    if (failure !== undefined) return failure
  }
  return undefined
}

/** The mirror that apt uses, from its lists in either of their two formats; that of security updates has no whole suites. */
export function mirrorOf(sources: readonly string[]): string | undefined {
  const places = sources.join('\n').matchAll(/^(?:URIs:|deb(?: \[[^\]]*\])?)\s+(\S+)/gm)
  return [...places].map(([, place = '']) => place).find((place) => /\/debian\/?$/.test(place))
}

function aptSources(): readonly string[] {
  return globSync('/etc/apt/{sources.list,sources.list.d/*.{list,sources}}').map((file) => readFileSync(file, 'utf8'))
}

interface Places {
  readonly mirror: string
  readonly work: string
  readonly folder: string
}

function unpack({ package: name, suite }: ForeignPackage, { mirror, work, folder }: Places): string | undefined {
  const list = join(work, 'sources.list')
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : ''
  writeFileSync(list, `deb ${signed}${mirror} ${suite} main\n`)
  mkdirSync(join(work, 'lists/partial'), { recursive: true })
  mkdirSync(join(work, 'cache/archives/partial'), { recursive: true })
  const settings = {
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '-',
    'Dir::State::Lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    // The user to whom apt steps down cannot write here.
    'APT::Sandbox::User': 'root',
  }
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  return (
    run('apt-get', [...options, '--quiet', 'update'], work) ??
    run('apt-get', [...options, '--quiet', 'download', name], work) ??
    run('dpkg', ['-x', globSync('*.deb', { cwd: work })[0] ?? `${name}.deb`, folder], work)
  )
}

function run(command: string, args: readonly string[], cwd: string): string | undefined {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  return status === 0 ? undefined : `${command} ${args.join(' ')} failed (${status})\n${stdout}${stderr}`
}

function inTemporaryFolder<T>(action: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-setup-'))
  try {
    return action(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
