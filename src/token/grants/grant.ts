import type { TenantId } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'
import type { MintRequest } from '../minter.ts'
import type { TokenRequest } from '../token-request.ts'

/** Who asks, and from where. */
interface GrantContext {
  readonly tenant: TenantId
  readonly clientAddress: string
}

/** One way to earn a token: one file in this folder, one line in the list of grants. */
export interface Grant {
  /** The values of `grant_type` it answers to. */
  readonly grantTypes: readonly string[]
  /** The slow part, before the transaction: checks what the client presents. Throws OAuth errors. */
  prove(context: GrantContext, request: TokenRequest): Promise<ProvenGrant>
}

/** A request whose credential was good a moment ago. */
export interface ProvenGrant {
  /** Looks again, at the rows the answer is given from, and says whose token is to be minted. Throws OAuth errors. */
  redeem(reader: Reader): Promise<MintRequest>
}
