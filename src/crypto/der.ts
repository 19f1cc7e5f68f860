/**
 * Writes the few ASN.1 types that an X.509 certificate is made of. Writing only: parsing is left to `node:crypto`.
 * Source: ITU-T X.690 §8 and §10 (DER).
 */

/** The encoding of one value: tag, definite length, contents. */
export function derValue(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), derLength(body.length), body])
}

/** SEQUENCE. */
export function derSequence(...members: readonly Uint8Array[]): Buffer {
  return derValue(0x30, ...members)
}

/** SET of one member; more would have to be sorted. */
export function derSetOf(member: Uint8Array): Buffer {
  return derValue(0x31, member)
}

/** BOOLEAN TRUE; FALSE is the default wherever it is used here, and DER leaves defaults out. */
export const derTrue = Buffer.from([0x01, 0x01, 0xff])

export const derNull = Buffer.from([0x05, 0x00])

/** INTEGER, not negative, from its big-endian bytes. */
export function derInteger(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const shortest = bytes.subarray(start)
  return derValue(0x02, (shortest[0] ?? 0) < 0x80 ? shortest : Buffer.concat([Buffer.from([0]), shortest]))
}

/** OBJECT IDENTIFIER from its dotted form. */
export function derObjectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return derValue(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** OCTET STRING. */
export function derOctetString(bytes: Uint8Array): Buffer {
  return derValue(0x04, bytes)
}

/** BIT STRING; `unusedBits` of its last byte do not count. */
export function derBitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return derValue(0x03, Buffer.from([unusedBits]), bytes)
}

/** UTF8String. */
export function derText(text: string): Buffer {
  return derValue(0x0c, Buffer.from(text, 'utf8'))
}

/** Time to the second: UTCTime until 2049, GeneralizedTime from then on. Source: RFC 5280 §4.1.2.5. */
export function derTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+Z$|[-:T]/g, '')
  const isShort = date.getUTCFullYear() < 2050
  return derValue(isShort ? 0x17 : 0x18, Buffer.from(`${isShort ? digits.slice(2) : digits}Z`, 'latin1'))
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

function base128(value: number): number[] {
  const bytes = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128))
  return bytes
}
