/**
 * token: the Entra-compatible token service: discovery, signing keys, and grants (one file per grant). Mints tokens and never
 * decides what one may do; a token leaves only after its audit record.
 */
import type { VerificationKeys } from '#authentication/verification-keys.ts'
import type { Clock } from '#base/clock.ts'
import type { TenantId } from '#base/ids.ts'
import type { Directory } from '#directory/directory.ts'
import type { Operation, Surface } from '#operation/operation.ts'
import type { Seal } from '#seal/seal.ts'
import type { Database } from '#storage/database.ts'
import { createAttemptLimit } from './attempt-limit.ts'
import { createTokenDialect } from './dialect.ts'
import { createGetInstanceDiscovery } from './get-instance-discovery.ts'
import { createGetOpenIdConfiguration } from './get-openid-configuration.ts'
import { createGetSigningKeys } from './get-signing-keys.ts'
import { createGetUserRealm } from './get-user-realm.ts'
import { createClientCredentialsGrant } from './grants/client-credentials.ts'
import type { Grant } from './grants/grant.ts'
import { createIssueToken } from './issue-token.ts'
import { createTokenMinter, type TokenMinter } from './minter.ts'
import { createTokenResources } from './resources.ts'
import { createRevokeSigningKeys } from './revoke-signing-keys.ts'
import { createRotateSigningKeys } from './rotate-signing-keys.ts'
import { createSigningKeys } from './signing-keys.ts'
import type { TenantNames } from './tenant-name.ts'
import { createTurns } from './turns.ts'

export interface TokenServiceDependencies {
  readonly database: Database
  readonly seal: Seal
  readonly directory: Pick<Directory, 'loadClientSecrets' | 'verifyClientSecret'>
  readonly tenants: TenantNames
  /** The domain of our own names: `localhost` makes `login.localhost`, `vault.localhost`, and so on. */
  readonly domain: string
  readonly clock: Clock
}

export interface TokenService {
  readonly surface: Surface
  /** For those who hand out tokens in their own way, after their own proof. */
  readonly minter: TokenMinter
  /** For those who verify tokens. */
  readonly keys: VerificationKeys
  /** `rotateSigningKeys` and `revokeSigningKeys`, for the local control surface. */
  readonly controlOperations: readonly Operation[]
  /** Makes a tenant's first signing key if there is none; at start, before anything is served. Idempotent. */
  initialize(tenant: TenantId): Promise<void>
}

/** Bytes: a form with an assertion and telemetry is a few KiB. */
const maximumBodyBytes = 65_536

/** Half of the thread pool's four threads; whoever waits last waits about a second. */
const hashingTurns = { atOnce: 2, waiting: 256 }

/** Creates the token service. */
export function createTokenService(dependencies: TokenServiceDependencies): TokenService {
  const { database, seal, directory, tenants: names, domain, clock } = dependencies
  const keys = createSigningKeys({ database, seal, clock })
  const minter = createTokenMinter({ keys, resources: createTokenResources(domain), clock })
  const attempts = createAttemptLimit(clock)
  const turns = createTurns(hashingTurns)
  const grants: readonly Grant[] = [createClientCredentialsGrant({ database, directory, attempts, turns, clock })]
  const surface: Surface = {
    name: 'token',
    maximumBodyBytes,
    apiVersions: 'none',
    dialect: createTokenDialect(clock),
    operations: [
      createGetOpenIdConfiguration('v1', names),
      createGetOpenIdConfiguration('v2', names),
      createGetSigningKeys('v1', { names, keys }),
      createGetSigningKeys('v2', { names, keys }),
      createGetInstanceDiscovery(`login.${domain.toLowerCase()}`),
      createGetUserRealm(),
      createIssueToken('v1', { names, grants, minter }),
      createIssueToken('v2', { names, grants, minter }),
    ],
  }
  return {
    surface,
    minter,
    keys,
    controlOperations: [createRotateSigningKeys({ seal, clock }), createRevokeSigningKeys({ seal, clock })],
    initialize: (tenant) => keys.initialize(tenant),
  }
}
