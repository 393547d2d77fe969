import { parseArgs } from 'node:util'
import { requests, response } from '../fuzz/messages.ts'
import { mutate, splice } from '../fuzz/mutate.ts'
import { Random } from '../fuzz/random.ts'
import type { Question } from '../fuzz/read.ts'
import { compareRequests, compareResponse, type Difference } from './compare.ts'
import { EXPLAINED, STRICTER } from './explained.ts'
import { ask } from './node-client.ts'

/** Sockets of node:http are only given up when the event loop turns. */
const BATCH = 200

/** Every explanation takes something out of the input; one that does not come to an end is a finding. */
const MOST_EXPLANATIONS = 200

/** An input of a comparison; a response where a question stands with it. */
export interface Input {
  readonly octets: string
  readonly question?: Question
}

/** What a comparison of many inputs came to. */
export class Tally {
  inputs = 0
  /** How many inputs both readers understand the same way, with nothing to explain. */
  same = 0
  /** How often each explanation was needed. */
  readonly explained = new Map<string, number>()
  /** How often we refused what node:http takes, by the reason. */
  readonly stricter = new Map<string, number>()
  readonly findings: Difference[] = []
}

/** Compares our parsers with those of node:http on so many inputs of this seed. */
export async function compareMany(count: number, seed: number): Promise<Tally> {
  const random = new Random(seed)
  const tally = new Tally()
  for (let left = count; left > 0; left -= BATCH) {
    await compareAll(
      Array.from({ length: Math.min(left, BATCH) }, () => inputFrom(random)),
      tally,
    )
  }
  return tally
}

/** Compares on each input, and again where a difference is explained, without what explains it. */
export async function compareAll(inputs: readonly Input[], tally: Tally): Promise<void> {
  for (const { input, difference } of await differences(inputs)) {
    tally.inputs++
    if (difference === undefined) tally.same++
    else await settle(input, difference, tally)
  }
}

async function settle(input: Input, first: Difference, tally: Tally): Promise<void> {
  let difference: Difference | undefined = first
  for (let count = 0; difference !== undefined; count++) {
    const without = count < MOST_EXPLANATIONS ? explain(difference, tally) : undefined
    if (without === undefined) return void tally.findings.push(difference)
    if (without === difference.input) return
    const [again] = await differences([{ ...input, octets: without }])
    difference = again?.difference
  }
}

/** The input to go on with, the same where there is nothing to go on with, or undefined where nothing explains the difference. */
function explain(difference: Difference, tally: Tally): string | undefined {
  for (const { name, explains, without } of EXPLAINED) {
    if (!explains(difference)) continue
    const rest = without?.(difference)
    // What is not in the input cannot explain it.
    if (rest === difference.input) continue
    increase(tally.explained, name)
    return rest ?? difference.input
  }
  if (difference.kind !== 'refused' || !STRICTER.has(difference.what)) return undefined
  increase(tally.stricter, difference.what)
  return difference.input
}

async function differences(inputs: readonly Input[]): Promise<{ input: Input; difference: Difference | undefined }[]> {
  const asked = await ask(inputs.flatMap(({ question }) => question ?? []))
  return inputs.map((input) => {
    const { octets, question } = input
    const conversation = question && asked.shift()
    return { input, difference: conversation ? compareResponse(octets, question, conversation) : compareRequests(octets) }
  })
}

function inputFrom(random: Random): Input {
  if (random.once(2)) return { octets: changed(requests(random), requests, random) }
  const question = {
    method: random.pick(['GET', 'GET', 'HEAD', 'POST']),
    upgrade: random.once(6) ? random.pick(['websocket', 'x/1']) : undefined,
  }
  return { octets: changed(response(random), response, random), question }
}

function changed(octets: string, make: (random: Random) => string, random: Random): string {
  const mutated = random.once(8) ? octets : mutate(octets, random)
  return random.once(6) ? splice(mutated, make(random), random) : mutated
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function listed(title: string, counts: ReadonlyMap<string, number>): string[] {
  const lines = [...counts].sort(([, one], [, other]) => other - one).map(([name, count]) => `${String(count).padStart(9)}  ${name}`)
  return ['', `${title}:`, ...lines]
}

function describe({ kind, what, index, input, question, theirs }: Difference): string {
  const asked = question === undefined ? '' : ` (${question.method})`
  return `${kind}: ${what}, message ${index}${asked}, node: ${theirs.refusal ?? 'takes it'}\n  ${JSON.stringify(input)}`
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { count: { type: 'string', default: '200000' }, seed: { type: 'string', default: '1' } } })
  const started = performance.now()
  const tally = await compareMany(Number(values.count), Number(values.seed))
  const seconds = (performance.now() - started) / 1000
  const lines = [
    `seed ${values.seed}: ${tally.inputs} inputs in ${seconds.toFixed(1)} s, ${Math.round(tally.inputs / seconds)} a second; ${tally.same} the same`,
    ...listed('explained', tally.explained),
    ...listed('refused by us only', tally.stricter),
    ...tally.findings.slice(0, 20).map((finding) => `\n${describe(finding)}`),
    '',
    `${tally.inputs - tally.findings.length} passed, ${tally.findings.length} failed`,
  ]
  console.log(lines.join('\n'))
  process.exitCode = tally.findings.length === 0 ? 0 : 1
}

if (import.meta.main) await main()
