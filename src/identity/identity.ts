/**
 * identity: the managed identity endpoints: App Service and Container Apps, IMDS, Cloud Shell. Gives a workload the token of
 * its own identity, and never a token to anybody who has not proved a live session.
 */
import type { WorkloadSessions } from '#authentication/workload-session.ts'
import type { Dialect, Operation, Surface } from '#operation/operation.ts'
import { appServiceDialect, cloudShellDialect, imdsDialect } from './dialects.ts'
import { createGetAppServiceToken } from './get-app-service-token.ts'
import { createGetCloudShellToken } from './get-cloud-shell-token.ts'
import { createGetImdsToken } from './get-imds-token.ts'
import type { IdentityTokenMinter } from './issue-identity-token.ts'
import type { PeerUsers } from './peer-user.ts'
import { createIdentityHeaderSource } from './sources/identity-header.ts'
import { createProxyCredentialSource } from './sources/proxy-credential.ts'
import type { WorkloadIdentities } from './workload-identities.ts'

export interface IdentityDependencies {
  readonly sessions: WorkloadSessions
  readonly workloads: WorkloadIdentities
  readonly minter: IdentityTokenMinter
  /** Undefined where the system cannot tell (macOS): then the check of the OS user is off. */
  readonly peerUsers: PeerUsers | undefined
}

/** One surface for each protocol, because each has its own error shape and its own host. */
export interface Identity {
  /** For the identity listener: IDENTITY_ENDPOINT. */
  readonly appService: Surface
  /** For the proxy, host 169.254.169.254, with the session whose proxy credentials came along. */
  readonly imds: Surface
  /** For the proxy, host `localhost:50342`, likewise. */
  readonly cloudShell: Surface
}

/** The path of IDENTITY_ENDPOINT for one session; at it, the header of any other session is refused. */
export function identityEndpointPath(sessionId: string): string {
  return `/msi/token/${sessionId}`
}

/** Creates the managed identity endpoints. */
export function createIdentity(dependencies: IdentityDependencies): Identity {
  const { sessions } = dependencies
  const byHeader = { ...dependencies, source: createIdentityHeaderSource(sessions) }
  const byProxy = { ...dependencies, source: createProxyCredentialSource(sessions) }
  return {
    appService: createSurface('identity', createGetAppServiceToken(byHeader), appServiceDialect),
    imds: createSurface('imds', createGetImdsToken(byProxy), imdsDialect),
    cloudShell: createSurface('cloud-shell', createGetCloudShellToken(byProxy), cloudShellDialect),
  }
}

function createSurface(name: string, operation: Operation, dialect: Dialect): Surface {
  // The api-version chooses the protocol here; each operation judges it itself, after the probes were answered.
  return { name, operations: [operation], maximumBodyBytes: 16_384, apiVersions: 'none', dialect }
}
