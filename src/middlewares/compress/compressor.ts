import type { Transform } from 'node:stream'
import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib'
import type { Coding } from './accepted.ts'

/** A stream that compresses, and brings out on demand what it has. */
export interface Compressor extends Transform {
  flush(kind: number, callback?: () => void): void
}

/** Quality 5 is about as fast as gzip and smaller; that of the library, 11, is a hundred times slower. 256 KiB are looked back at. */
const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 18 }

/** How each coding brings out what was written so far. */
export const FLUSH: Readonly<Record<Coding, number>> = {
  gzip: constants.Z_SYNC_FLUSH,
  br: constants.BROTLI_OPERATION_FLUSH,
  zstd: constants.ZSTD_e_flush,
}

/** Makes a stream that compresses. */
export function createCompressor(coding: Coding): Compressor {
  if (coding === 'gzip') return createGzip() as Compressor
  return (coding === 'br' ? createBrotliCompress({ params: BROTLI }) : createZstdCompress()) as Compressor
}
