import type { ErrorKind } from '#base/errors.ts'

/** Every kind; the compiler says when one is missing. */
const listed: Readonly<Record<ErrorKind, true>> = {
  malformed: true,
  unauthenticated: true,
  forbidden: true,
  'not-found': true,
  'method-not-allowed': true,
  conflict: true,
  'precondition-failed': true,
  gone: true,
  'too-large': true,
  throttled: true,
  unsupported: true,
  timeout: true,
  unavailable: true,
  internal: true,
}

export const errorKinds: readonly ErrorKind[] = [
  'malformed',
  ...Object.keys(listed).filter((kind): kind is ErrorKind => kind !== 'malformed'),
]
