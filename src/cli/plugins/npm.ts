import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { isTree } from '../../schema/tree.ts'

/** Why npm did not do what it was asked to. */
export interface NpmFailure {
  /** npm's own code, for instance `E404` or `ECONNREFUSED`. */
  readonly code: string
  /** What npm says about it, in one line. */
  readonly summary: string
}

export interface NpmOptions {
  readonly cwd: string
  readonly registry?: string | undefined
}

/** Runs the npm that comes with the gateway, in a folder; undefined where all went well. */
export async function npm(args: readonly string[], { cwd, registry }: NpmOptions): Promise<NpmFailure | undefined> {
  const from = registry === undefined ? [] : [`--registry=${registry}`]
  const child = spawn(process.execPath, [await npmFile(), ...args, ...ALWAYS, `--prefix=${cwd}`, ...from], {
    cwd,
    // Plugins that bring git hooks find no repository here.
    env: { ...process.env, HUSKY: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return code === 0 ? undefined : (failureIn(stdout) ?? { code: `status ${code}`, summary: lastLine(stderr) })
}

// An answer for programs. Somebody waits, so what does not answer is soon given up.
const ALWAYS = ['--json', '--loglevel=error', '--no-fund', '--no-audit', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=1000']

async function npmFile(): Promise<string> {
  const plugins = createRequire(import.meta.url).resolve('@oclif/plugin-plugins')
  const manifest = createRequire(plugins).resolve('npm/package.json')
  const { bin } = JSON.parse(await readFile(manifest, 'utf8')) as { readonly bin: { readonly npm: string } }
  return join(dirname(manifest), bin.npm)
}

// Scripts of packages may have written before it.
function failureIn(stdout: string): NpmFailure | undefined {
  try {
    const { error } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { readonly error?: unknown }
    if (!isTree(error)) return undefined
    return {
      code: String(error.code ?? 'error'),
      summary:
        String(error.summary ?? '')
          .trim()
          .split('\n', 1)[0]
          ?.replace(/^\w*Error: /, '') ?? '',
    }
  } catch {
    return undefined
  }
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? ''
}
