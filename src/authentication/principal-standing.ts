import { findBuiltInPrincipal } from '#authorization/built-in-principals.ts'
import type { PrincipalId } from '#base/ids.ts'
import type { Reader, Statement, Writer } from '#storage/database.ts'
import type { Caller, TokenRefusal } from './caller.ts'
import { tokenBackdatingSeconds } from './token-times.ts'
import type { VerificationKeys } from './verification-keys.ts'

/** What a principal's tokens are worth now. */
export interface PrincipalStanding {
  readonly enabled: boolean
  /** Unix milliseconds; tokens minted earlier are revoked. */
  readonly tokensValidFrom: number
}

interface StandingRow {
  readonly enabled: number
  readonly tokens_valid_from_at: number
}

const selectStanding: Statement<StandingRow> = {
  name: 'principal_standing',
  sql: 'SELECT enabled, tokens_valid_from_at FROM principal WHERE tenant_id = $1 AND id = $2',
}

/** The standing of a principal of the reader's tenant, or undefined when there is no such principal. */
export async function loadPrincipalStanding(
  reader: Reader,
  principal: PrincipalId,
): Promise<PrincipalStanding | undefined> {
  const [row] = await reader.rows(selectStanding, [reader.tenant, principal])
  return row === undefined ? undefined : { enabled: row.enabled === 1, tokensValidFrom: row.tokens_valid_from_at }
}

/** Why a well-signed token is worth nothing to this principal any more, or undefined when it is good. */
export function judgeStanding(
  standing: PrincipalStanding | undefined,
  issuedAtSeconds: number,
): TokenRefusal | undefined {
  if (standing === undefined || !standing.enabled) return { outcome: 'refused', reason: 'principal', signed: true }
  const mintedAt = (issuedAtSeconds + tokenBackdatingSeconds) * 1000
  return mintedAt < standing.tokensValidFrom ? { outcome: 'refused', reason: 'revoked', signed: true } : undefined
}

/**
 * Looks again at a caller who was authenticated before the tenant's revocation epoch moved: the refusal if the key of its
 * token was withdrawn, or if the principal is gone, disabled, or has had its tokens revoked; undefined if the caller may go
 * on. Everything is read through `reader`.
 */
export async function revalidateCaller(
  caller: Caller,
  reader: Reader,
  keys: Pick<VerificationKeys, 'isWithdrawn'>,
): Promise<TokenRefusal | undefined> {
  // It has no token that could be withdrawn or revoked.
  if (findBuiltInPrincipal(caller.principal) !== undefined) return undefined
  if (await keys.isWithdrawn(reader, caller.keyId)) return { outcome: 'refused', reason: 'revoked', signed: true }
  return judgeStanding(await loadPrincipalStanding(reader, caller.principal), caller.issuedAtSeconds)
}

/**
 * Revokes every access token minted so far in the writer's tenant. The write must move the tenant's epoch, which is how
 * every server process learns of it.
 */
export async function revokeAllTokens(writer: Writer): Promise<void> {
  await writer.kysely
    .updateTable('principal')
    .set({ tokens_valid_from_at: writer.now.getTime() })
    .where('tenant_id', '=', writer.tenant)
    .execute()
}
