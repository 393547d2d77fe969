/** What went wrong, in one line. */
export function reasonOf(error: unknown): string {
  // A name with several addresses fails once for each of them, and says so without words.
  const first: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error
  if (!(first instanceof Error)) return String(first)
  return first.message || (first as NodeJS.ErrnoException).code || first.name
}
