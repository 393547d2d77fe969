/** Several beats fit between two looks of the control plane. */
const BEAT_MS = 400

/** Makes a thread show that its event loop turns: one word of shared memory counts while it does. */
export function startBeating(beat: Int32Array): void {
  Atomics.add(beat, 0, 1)
  setInterval(() => Atomics.add(beat, 0, 1), BEAT_MS).unref()
}
