/** Runs the task for every item, a few at a time, in order. */
export async function inBatches<Item>(items: readonly Item[], size: number, task: (item: Item) => Promise<void>): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await task(item)
  }
  await Promise.all(Array.from({ length: size }, work))
}
