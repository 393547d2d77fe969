const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Blanks, visible characters and octets beyond ASCII, as they stand in a text of octets (RFC 9110 §5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** A field that was checked when it was made, so that nobody who writes it needs to: names and values of a configuration. */
export class CheckedField {
  readonly name: string
  readonly lowerName: string
  readonly value: string

  /** Throws where it would make another message of one that it stands in (RFC 9112 §11.1). */
  constructor(name: string, value: string) {
    if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} is not the name of a header field`)
    if (!VALUE.test(value))
      throw new Error(`the value of the header field ${name} holds what may not stand there, such as a control character`)
    this.name = name
    this.lowerName = name.toLowerCase()
    this.value = value
  }
}
