import type { Predicate } from './route-input.ts'

// Most rules join two matchers: that case gets by without a loop.

/** Holds where all of them do. */
export function every<Input>(predicates: readonly Predicate<Input>[]): Predicate<Input> {
  const [first, second] = predicates as readonly [Predicate<Input>, Predicate<Input>]
  if (predicates.length === 1) return first
  if (predicates.length === 2) return (input) => first(input) && second(input)
  return (input) => {
    for (let index = 0; index < predicates.length; index++) if (!(predicates[index] as Predicate<Input>)(input)) return false
    return true
  }
}

/** Holds where any of them does. */
export function some<Input>(predicates: readonly Predicate<Input>[]): Predicate<Input> {
  const [first, second] = predicates as readonly [Predicate<Input>, Predicate<Input>]
  if (predicates.length === 1) return first
  if (predicates.length === 2) return (input) => first(input) || second(input)
  return (input) => {
    for (let index = 0; index < predicates.length; index++) if ((predicates[index] as Predicate<Input>)(input)) return true
    return false
  }
}
