import type { Finding } from '../findings/finding.ts'
import { nearest } from '../findings/suggest.ts'

/** Says that there is no such flag, and which one is near. */
export function unknownFlag(written: string, known: readonly string[]): string {
  const name = written.replace(/^--?/, '').replace(/=.*/s, '')
  const [root = '', ...steps] = name.split('.')
  const meant = nearest(root, known)
  return sentence(written.replace(/=.*/s, ''), meant && [meant, ...steps].join('.'))
}

/** The same for a flag of the static configuration, when that is what a finding is about. */
export function misspeltFlag({ code, source, path, suggestion, message }: Finding): string | undefined {
  if (source?.kind !== 'flag') return undefined
  if (code === 'GTW_MISSING') return message
  if (code !== 'GTW_UNKNOWN_KEY') return undefined
  const steps = source.flag.replace(/^--?/, '').split('.')
  const wrong = (path ?? '').split('.').length - 1
  return sentence(source.flag, suggestion && steps.with(Math.min(wrong, steps.length - 1), suggestion).join('.'))
}

function sentence(flag: string, meant: string | undefined): string {
  return meant === undefined ? `unknown flag ${flag}` : `unknown flag ${flag}; did you mean --${meant}?`
}
