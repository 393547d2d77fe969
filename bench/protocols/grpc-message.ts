const TEXT = 'a message as short as most are'

/** The message of a call and of its answer, as gRPC frames it: not compressed, with its length in front. */
export const MESSAGE: Buffer = Buffer.from([0, 0, 0, 0, TEXT.length, ...Buffer.from(TEXT)])
