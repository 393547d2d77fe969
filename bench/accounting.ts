import { readdirSync, readFileSync } from 'node:fs'

/** Resident memory of a process tree, in octets. */
export interface Memory {
  readonly resident: number
  /** The sum of what each process has had at most. */
  readonly peak: number
}

/** Nanoseconds that a process, its descendants and all their living threads have spent on a CPU. */
export function cpuNanoseconds(pid: number): number {
  return sum(treeOf(pid).flatMap((process) => threadsOf(process).map((thread) => onCpu(process, thread))))
}

/** Resident memory of a process and its descendants; pages that they share count in each. */
export function memoryOf(pid: number): Memory {
  const statuses = treeOf(pid).map((process) => read(`/proc/${process}/status`))
  return { resident: sum(statuses.map((text) => octetsIn(text, 'VmRSS'))), peak: sum(statuses.map((text) => octetsIn(text, 'VmHWM'))) }
}

function treeOf(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number))
  return [pid, ...children.flatMap(treeOf)]
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

// The first field of schedstat, in nanoseconds; the ticks of stat would be too coarse for a run of a second.
function onCpu(pid: number, thread: string): number {
  return Number.parseInt(read(`/proc/${pid}/task/${thread}/schedstat`), 10) || 0
}

function octetsIn(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024
}

/** Empty where the process or thread has ended in the meantime. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
