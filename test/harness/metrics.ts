import { spawnSync } from 'node:child_process'
import { request } from './http-client.ts'

/** One line of an exposition. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** All that a gateway counts, as a reader of the text format sees it. */
export class Scrape {
  readonly text: string
  readonly samples: readonly Sample[]

  constructor(text: string) {
    this.text = text
    this.samples = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(sampleOf)
  }

  /** Those with this name and at least these labels. */
  of(name: string, labels: Readonly<Record<string, string>> = {}): Sample[] {
    return this.samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
  }

  /** Their sum; undefined where there are none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const found = this.of(name, labels)
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0)
  }
}

/** Asks a gateway for its metrics. */
export async function scrape(port: number, path = '/metrics'): Promise<Scrape> {
  const { status, text } = await request(port, { path, withinMs: 20_000 })
  if (status !== 200) throw new Error(`${status} ${text}`)
  return new Scrape(text)
}

/** What promtool has to say against a text; '' where it is content. */
export function lint(text: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  return status === 0 ? '' : `${status}: ${stdout}${stderr}`
}

const LINE = /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g

function sampleOf(line: string): Sample {
  const { name, labels = '', value } = LINE.exec(line)?.groups ?? {}
  if (name === undefined || value === undefined) throw new Error(`not a sample: ${line}`)
  const pairs = [...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, unescaped(text)] as const)
  return { name, labels: Object.fromEntries(pairs), value: Number(value.replace('Inf', 'Infinity')) }
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter))
}
