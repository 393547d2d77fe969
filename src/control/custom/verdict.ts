import type { Issue } from '../../findings/issue.ts'
import type { UserModule } from '../../middlewares/custom/user-modules.ts'
import type { CustomOptions } from '../../middlewares/custom.ts'

/** A module to be tried, and how it is used. */
export interface CheckRequest {
  readonly module: UserModule
  readonly uses: readonly Use[]
}

/** One middleware that runs a module. */
export interface Use {
  /** Qualified name. */
  readonly name: string
  readonly options: CustomOptions
}

/** Lines and columns count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** What trying one use has shown; plain data. */
export type Verdict =
  | { readonly type: 'good' }
  /** The schema of the middleware does not take its options. */
  | { readonly type: 'issues'; readonly issues: readonly Issue[] }
  | { readonly type: 'failed'; readonly message: string; readonly place?: Place }
