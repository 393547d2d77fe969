import { aligned, markdownTable } from '../report.ts'

/** What one trial has come to. */
export interface TrialResult {
  readonly name: string
  readonly title: string
  readonly goal: string
  readonly measured: string
  readonly met: boolean
  /** One-minute load average when it began: what else the machine was doing. */
  readonly loadBefore: number
  readonly figures: Readonly<Record<string, unknown>>
}

/** A whole run, as it is recorded. */
export interface TrialResults {
  readonly title: string
  /** The file that was run, such as `bench/data-plane.ts`. */
  readonly program: string
  readonly date: string
  readonly machine: Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, string>>
  readonly notes: readonly string[]
  readonly trials: readonly TrialResult[]
}

const HEADINGS = ['row', 'met', 'goal', 'measured']

/** The whole result for a terminal. */
export function trialsToText({ trials, notes }: TrialResults): string {
  const lines = trials.map(({ name, met, goal, measured }) => [name, met ? 'yes' : 'NO', goal, measured])
  return [aligned([HEADINGS, ...lines], HEADINGS.length), ...notes.map((note) => `note: ${note}`)].join('\n\n')
}

/** The whole result as a page. */
export function trialsToMarkdown({ title, program, date, machine, versions, notes, trials }: TrialResults): string {
  const lines = trials.map((trial) => [`\`${trial.name}\``, trial.title, trial.goal, trial.measured, trial.met ? 'yes' : '**no**'])
  return `${[
    `# ${title}`,
    `Written by \`node ${program}\`; [how to read it](../README.md).`,
    [
      `- ${date}; ${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}`,
      `- ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}`,
      ...notes.map((note) => `- ${note}`),
    ].join('\n'),
    markdownTable([['row', 'what', 'goal', 'measured', 'met'], ...lines]),
  ].join('\n\n')}\n`
}
