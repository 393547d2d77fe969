/** Steps from the root of a configuration to one of its values: keys, and indexes of lists. */
export type Path = readonly (string | number)[]

/** Where a value came from. Lines and columns count from 1. */
export type Source =
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number; readonly length?: number }
  | { readonly kind: 'label'; readonly item: string; readonly label: string }
  | { readonly kind: 'key'; readonly store: string; readonly key: string }
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'env'; readonly variable: string }
  | { readonly kind: 'provider'; readonly provider: string }
  | { readonly kind: 'default' }

export type Severity = 'error' | 'warning' | 'info'

/** One thing a person should know about a configuration. Plain data: it crosses threads and prints as JSON. */
export interface Finding {
  /** A row of `findings/codes.ts`. */
  readonly code: FindingCode
  readonly severity: Severity
  /** One sentence, lower case, no full stop: what is wrong, with the offending value. */
  readonly message: string
  /** Dotted path of the value, for instance `http.routers.app.rule`. */
  readonly path?: string
  readonly source?: Source
  /** What would have been right. */
  readonly expected?: string
  /** The nearest valid name. */
  readonly suggestion?: string
  /** What to do next. */
  readonly hint?: string
}

/** Every finding's code with its one-line meaning; the reference page is made from it. */
export const FINDING_CODES = {
  GTW_SYNTAX: 'the document cannot be parsed',
  GTW_DUPLICATE_KEY: 'a key stands twice in one mapping',
  GTW_UNREADABLE: 'a file cannot be read',
  GTW_UNKNOWN_KEY: 'a key is not known here',
  GTW_WRONG_TYPE: 'a value has the wrong type',
  GTW_BAD_VALUE: 'a value is outside what is allowed',
  GTW_MISSING: 'a required value is missing',
  GTW_UNSUPPORTED: 'an option is known but not supported yet',
  GTW_DEPRECATED: 'an option is old: it goes by another name now, or has no effect any more',
  GTW_TEMPLATE: 'template syntax is not supported in files',
  GTW_BAD_RULE: 'a rule cannot be parsed',
  GTW_AMBIGUOUS: 'there were several to choose from, and nothing says which',
  GTW_UNKNOWN_ROUTER: 'a router that is referenced does not exist',
  GTW_UNKNOWN_SERVICE: 'a service that is referenced does not exist',
  GTW_UNKNOWN_MIDDLEWARE: 'a middleware that is referenced does not exist',
  GTW_UNKNOWN_ENTRY_POINT: 'an entry point that is referenced does not exist',
  GTW_UNKNOWN_TRANSPORT: 'a servers transport that is referenced does not exist',
  GTW_UNKNOWN_TLS_OPTIONS: 'TLS options that are referenced do not exist',
  GTW_UNKNOWN_RESOLVER: 'a certificates resolver that is referenced does not exist',
  GTW_UNKNOWN_PROVIDER: 'a provider is not installed',
  GTW_BROKEN_REFERENCE: 'an element that is referenced is disabled',
  GTW_CYCLE: 'elements refer to each other in a circle',
  GTW_CONFLICT: 'one name is defined twice',
  GTW_PRIORITY_TOO_HIGH: 'a priority is above the highest that users may give',
  GTW_PROVIDER_FAILED: 'a provider failed',
  GTW_OVERRIDDEN: 'a value is set by two sources',
  GTW_COMPATIBILITY: 'something of Traefik is taken in place of ours',
  GTW_INSECURE: 'a setting weakens security',
  GTW_BAD_MIDDLEWARE: 'a custom middleware cannot be used',
  GTW_CERTIFICATE_EXPIRING: 'a certificate ends soon, and nobody has replaced it',
  GTW_CERTIFICATE_EXPIRED: 'the time of a certificate is over',
  GTW_OUT_OF_REACH: 'a middleware cannot reach a server that it needs',
  GTW_WORKER_STUCK: 'a worker thread does not respond and is replaced',
} as const satisfies Record<string, string>

export type FindingCode = keyof typeof FINDING_CODES
