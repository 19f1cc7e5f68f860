import { ServiceError } from '#base/errors.ts'

/** A `malformed` `BadRequest` error, the word of the vault provider for values it cannot take. */
export function badRequest(message: string, target: string): ServiceError {
  return new ServiceError('malformed', 'BadRequest', message, { target })
}
