import { CommandError } from './command-error.ts'

/** How a file becomes a value: as text in one of these encodings, or its bytes in base64 or hexadecimal. */
const textEncodings = ['utf-8', 'utf-16le', 'utf-16be', 'ascii'] as const
export const secretEncodings: readonly string[] = [...textEncodings, 'base64', 'hex']

const base64LineLength = 76

/** The value that stands for a file's bytes. Throws `CommandError` (1) for bytes that are no text. */
export function encodeSecret(bytes: Buffer, encoding: string): string {
  // az folds base64 into lines; whoever reads the value must get the same one.
  if (encoding === 'base64')
    return bytes.toString('base64').replace(new RegExp(`.{1,${base64LineLength}}`, 'g'), '$&\n')
  if (encoding === 'hex') return bytes.toString('hex')
  if (encoding === 'ascii' && bytes.some((byte) => byte > 0x7f))
    throw new CommandError("Unable to decode the file with 'ascii' encoding.", 1)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new CommandError(`Unable to decode the file with '${encoding}' encoding. Use --encoding base64.`, 1, {
      cause,
    })
  }
}

/** The bytes of the file that a value stands for. */
export function decodeSecret(value: string, encoding: string): Buffer {
  return encoding === 'base64' || encoding === 'hex' ? Buffer.from(value, encoding) : Buffer.from(value, 'utf8')
}
