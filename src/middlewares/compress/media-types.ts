const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const MEDIA_TYPE = new RegExp(`^\\s*(${TOKEN}/${TOKEN})\\s*(?:;.*)?$`)

/** The media type in a Content-Type field, in lower case and without parameters; undefined where there is none (RFC 9110 §8.3.1). */
export function mediaTypeOf(contentType: string): string | undefined {
  return MEDIA_TYPE.exec(contentType)?.[1]?.toLowerCase()
}

/** What a text would have to be; undefined where it is a media type. */
export function expectedOfMediaType(text: string): string | undefined {
  return mediaTypeOf(text) === undefined ? 'a media type such as `text/html`' : undefined
}

/** gRPC compresses its messages itself, and lives from their coming through at once. */
const GRPC = 'application/grpc'

/** An event that waits for others in a compressor comes too late; who wants it all the same says so by name. */
const EVENTS = 'text/event-stream'

/** Which media types are compressed. */
export class MediaTypes {
  readonly #included: ReadonlySet<string> | undefined
  readonly #excluded: ReadonlySet<string>
  /** Fields are few: they are taken apart once. */
  readonly #known = new Map<string, boolean>()

  constructor(included: readonly string[], excluded: readonly string[]) {
    if (included.length > 0 && excluded.length > 0) {
      throw new Error('excludedContentTypes and includedContentTypes options are mutually exclusive')
    }
    this.#included = included.length === 0 ? undefined : new Set(included.flatMap((type) => mediaTypeOf(type) ?? []))
    this.#excluded = new Set([GRPC, EVENTS, ...excluded.flatMap((type) => mediaTypeOf(type) ?? [])])
  }

  /** Whether a response with this Content-Type is compressed; without one it is, unless only some types are. */
  includes(contentType: string | undefined): boolean {
    if (contentType === undefined || contentType === '') return this.#included === undefined
    const known = this.#known.get(contentType)
    if (known !== undefined) return known
    const type = mediaTypeOf(contentType)
    const isIncluded = type !== undefined && (this.#included === undefined ? !this.#excluded.has(type) : this.#included.has(type))
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    this.#known.set(contentType, isIncluded)
    return isIncluded
  }

  /** Whether what a client sends tells that the response is not to be compressed either. */
  excludes(contentType: string | undefined): boolean {
    if (contentType === undefined) return false
    const type = mediaTypeOf(contentType)
    return type !== undefined && this.#excluded.has(type)
  }
}

const MOST_KNOWN = 256
