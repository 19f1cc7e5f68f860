import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'

/** One way in which a text could stand in a file. */
export interface CanaryForm {
  readonly form: string
  readonly needle: Buffer
}

export interface CanaryFinding {
  readonly place: string
  readonly canary: string
  readonly form: string
}

const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/**
 * The forms of a text: UTF-8, UTF-16 in both byte orders, hexadecimal in both cases, base64 and base64url at each of the three
 * places that its first byte can have in a longer text, and JSON with what must be escaped, all but ASCII, or all escaped.
 */
export function canaryForms(text: string): readonly CanaryForm[] {
  const utf8 = Buffer.from(text, 'utf8')
  const hexadecimal = utf8.toString('hex')
  const littleEndian = Buffer.from(text, 'utf16le')
  const ascii = (form: string, needle: string): CanaryForm => ({ form, needle: Buffer.from(needle, 'latin1') })
  const escapedTwice = JSON.stringify(JSON.stringify(text))
  return [
    { form: 'utf-8', needle: utf8 },
    { form: 'utf-16le', needle: littleEndian },
    { form: 'utf-16be', needle: Buffer.from(littleEndian).swap16() },
    ascii('hexadecimal', hexadecimal),
    ascii('hexadecimal, upper case', hexadecimal.toUpperCase()),
    ...[0, 1, 2].flatMap((shift) => [
      ascii(`base64 at ${shift}`, base64At(utf8, shift, 'base64')),
      ascii(`base64url at ${shift}`, base64At(utf8, shift, 'base64url')),
    ]),
    { form: 'json', needle: Buffer.from(JSON.stringify(text).slice(1, -1), 'utf8') },
    { form: 'json in json', needle: Buffer.from(escapedTwice.slice(3, -3), 'utf8') },
    ascii(
      'json, ascii only',
      escapeUnits(JSON.stringify(text).slice(1, -1), (unit) => unit > 0x7e),
    ),
    ascii(
      'json, all escaped',
      escapeUnits(text, () => true),
    ),
  ]
}

/** The characters that the bytes alone decide, when `shift` other bytes come before them. */
function base64At(bytes: Buffer, shift: number, encoding: 'base64' | 'base64url'): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString(encoding)
    .replaceAll('=', '')
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor(((shift + bytes.length) * 8) / 6)
  return encoded.slice(first, last)
}

function escapeUnits(text: string, wanted: (unit: number) => boolean): string {
  return Array.from({ length: text.length }, (_, at) => {
    const unit = text.charCodeAt(at)
    return wanted(unit) ? `\\u${unit.toString(16).padStart(4, '0')}` : text.charAt(at)
  }).join('')
}

/** Looks for every canary in every form. `canaries` are texts by name; places are bytes by name. */
export function searchBytes(
  places: Iterable<readonly [string, Buffer]>,
  canaries: Readonly<Record<string, string>>,
): readonly CanaryFinding[] {
  const wanted = Object.entries(canaries).flatMap(([canary, text]) =>
    canaryForms(text).map((form) => ({ canary, ...form })),
  )
  const findings: CanaryFinding[] = []
  for (const [place, bytes] of places) {
    for (const { canary, form, needle } of wanted) {
      if (bytes.includes(needle)) findings.push({ place, canary, form })
    }
  }
  return findings
}

/**
 * Every file below the folders, compressed ones opened too. A folder that is not there has no files. Servers may be at work
 * there: what is gone when it is to be read may have another name by now, so the folder is looked through again for what is new.
 */
export function* filesBelow(...folders: readonly string[]): Generator<readonly [string, Buffer]> {
  for (const folder of folders) {
    const seen = new Set<string>()
    for (let hasMissed = true; hasMissed; ) {
      hasMissed = false
      for (const path of pathsBelow(folder)) {
        if (seen.has(path)) continue
        const bytes = ifThere(() => readFileSync(path))
        if (bytes === undefined) {
          hasMissed = true
          continue
        }
        seen.add(path)
        yield [path, bytes]
        if (bytes.subarray(0, 4).equals(zstdMagic)) yield [`${path}, opened`, zstdDecompressSync(bytes)]
      }
    }
  }
}

/** Every file below a folder; of one that is removed meanwhile, none. */
function pathsBelow(folder: string): readonly string[] {
  const entries = ifThere(() => readdirSync(folder, { withFileTypes: true })) ?? []
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return pathsBelow(path)
    return entry.isFile() ? [path] : []
  })
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'ENOENT') return undefined
    throw failure
  }
}
