import { METRICS, type MetricName } from './catalogue.ts'

/** The text format of Prometheus, version 0.0.4. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Labels in their order. */
export type Labels = readonly (readonly [name: string, value: string])[]

/** Labels as they stand between the braces; '' for none. */
export function labelText(labels: Labels): string {
  return labels.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')
}

function escaped(value: string): string {
  return /[\\\n"]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"') : value
}

/** Writes metrics one after the other; one without a sample is left out. */
export class Exposition {
  #text = ''
  #head = ''
  #name = ''

  /** What follows are samples of this metric. */
  begin(name: MetricName): void {
    const { help, type } = METRICS[name]
    this.#name = name
    this.#head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
  }

  /** `labels` as `labelText` writes them. */
  sample(labels: string, value: number): void {
    this.#add('', labels, value)
  }

  /** `buckets` counts each bucket for itself, in the order of the bounds; what is in none of them took longer. */
  histogram(labels: string, bounds: readonly number[], { buckets, count, sum }: Histogram): void {
    const separator = labels === '' ? '' : ','
    let below = 0
    for (const [index, bound] of bounds.entries()) {
      below += buckets[index] ?? 0
      this.#add('_bucket', `${labels}${separator}le="${numberText(bound)}"`, below)
    }
    this.#add('_bucket', `${labels}${separator}le="+Inf"`, count)
    this.#add('_sum', labels, sum)
    this.#add('_count', labels, count)
  }

  get text(): string {
    return this.#text
  }

  #add(suffix: string, labels: string, value: number): void {
    const braces = labels === '' ? '' : `{${labels}}`
    this.#text += `${this.#head}${this.#name}${suffix}${braces} ${numberText(value)}\n`
    this.#head = ''
  }
}

interface Histogram {
  readonly buckets: readonly number[]
  readonly count: number
  readonly sum: number
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
