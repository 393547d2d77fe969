/** A live thing that a reload must not disturb while its configuration stays the same. */
export interface Kept {
  close(): void
}
