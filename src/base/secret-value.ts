import { inspect } from 'node:util'

/** A value that must not be printed by accident. Only `reveal` gives the bytes; every other way out says `[redacted]`. */
export class SecretValue {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  static fromText(text: string): SecretValue {
    return new SecretValue(Buffer.from(text, 'utf8'))
  }

  /** The bytes themselves, not a copy. */
  reveal(): Buffer {
    return this.#bytes
  }

  get byteLength(): number {
    return this.#bytes.length
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [inspect.custom](): string {
    return '[redacted]'
  }
}
