import { probeGrpc } from './grpc-probe.ts'
import { probeHttp } from './http-probe.ts'
import type { Target } from './target.ts'
import { probeTcp } from './tcp-probe.ts'
import type { TcpTarget } from './tcp-target.ts'

/** Whatever is asked whether it is well. */
export type AnyTarget = Target | TcpTarget

/** Asks a server in its own way; rejects with the reason when it is not well. */
export function probe(target: AnyTarget, signal: AbortSignal): Promise<void> {
  if ('kind' in target) return probeTcp(target, signal)
  return target.options.mode === 'grpc' ? probeGrpc(target, signal) : probeHttp(target, signal)
}
