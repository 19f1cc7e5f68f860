import { join } from 'node:path'
import { purgeDueVaults } from '#arm/purge-due-vaults.ts'
import { createResourceManager } from '#arm/surface.ts'
import { createOutboxStore, insertOutbox } from '#audit/outbox-store.ts'
import { createRefusalTally } from '#audit/refusal-tally.ts'
import { systemTimers } from '#audit/timers.ts'
import { createBearerAuthentication } from '#authentication/bearer-authentication.ts'
import { revalidateCaller } from '#authentication/principal-standing.ts'
import { createRevocations } from '#authentication/revocations.ts'
import { createTokenVerifier } from '#authentication/token-verifier.ts'
import { createWorkloadSessions } from '#authentication/workload-sessions.ts'
import { createAuthorizer } from '#authorization/authorizer.ts'
import { childScope, rootScope } from '#authorization/scope.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import type { Logger } from '#base/log.ts'
import { findAppIdentities } from '#containerapps/app-identities.ts'
import { createContainerApps } from '#containerapps/container-apps.ts'
import { findAppByName } from '#containerapps/find-app-by-name.ts'
import { createSecretVariables } from '#containerapps/secret-variables.ts'
import { type Control, createControl } from '#control/create-control.ts'
import { hashCredential, verifyCredential } from '#crypto/password.ts'
import { createDirectory } from '#directory/directory.ts'
import { createUserAssignedIdentityStore } from '#directory/user-assigned-identity-store.ts'
import { createGraph } from '#graph/surface.ts'
import { type Addresses, createHttp, type Http } from '#http/create-http.ts'
import type { HostRule } from '#http/hosts.ts'
import { createIdentity, identityEndpointPath } from '#identity/identity.ts'
import { createPeerUsers } from '#identity/peer-user.ts'
import { createBackgroundCalls } from '#operation/background-calls.ts'
import { createGate } from '#operation/invoke.ts'
import type { Place, Surface } from '#operation/operation.ts'
import { createCertificateAuthority } from '#seal/certificate-authority.ts'
import { createSeal } from '#seal/create-seal.ts'
import { createKeyEncryptionProvider } from '#seal/provider-list.ts'
import { createResourceSealer } from '#seal/resource-sealer.ts'
import { createTokenService } from '#token/token-service.ts'
import { createVault, defaultOpenedSecrets } from '#vault/create-vault.ts'
import { VaultRules } from '#vault/network/vault-rules.ts'
import { graphAudiencesOf, managementAudiencesOf, vaultAudiencesOf } from './audiences.ts'
import { openAuditLane } from './audit-lane.ts'
import { createAuditSinks } from './audit-sinks.ts'
import { startBackgroundJobs } from './background-jobs.ts'
import type { ServerConfig } from './config.ts'
import { createApplications, grantOwner, operatorOf } from './control-dependencies.ts'
import { openDatabase } from './database.ts'
import { openInstallation } from './installation.ts'
import { createLeaves } from './leaves.ts'
import { createNameTable } from './public-names.ts'
import { openRuntimeDirectory } from './runtime-directory.ts'

export interface CompositionOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** What a running server says of itself. */
  readonly describeServer: () => JsonObject
  /** Nothing can be recorded in this process any more. */
  readonly onFatal: (error: unknown) => void
}

/** Everything of one server process, made and not yet listening. */
export interface Composition {
  readonly surfaces: readonly Surface[]
  readonly http: Http
  readonly control: Control
  readonly tenantId: string
  readonly subscriptionId: string
  /** PEM. */
  readonly authorityPem: string
  readonly auditVerifierKey: string
  /** Says where the listeners are; sessions need to know. */
  listening(addresses: Addresses): void
  /** Closes what `compose` opened, in the reverse order. */
  close(): Promise<void>
}

/** Makes a server out of its parts. What a part needs of another is passed here and nowhere else. */
export async function compose(config: ServerConfig, options: CompositionOptions): Promise<Composition> {
  const { clock, logger } = options
  const names = createNameTable(config.domain)
  const opened = await openDatabase(config, options)
  const { database } = opened
  const closing: (() => Promise<void> | void)[] = [() => opened.close()]
  const close = async (): Promise<void> => {
    for (const step of closing.reverse()) await step()
  }
  try {
    const runtime = openRuntimeDirectory(config.dataDirectory)
    closing.push(() => runtime.remove())
    const provider = createKeyEncryptionProvider(
      config.keyEncryption.kind === 'key-file'
        ? config.keyEncryption
        : { kind: 'passphrase', source: { path: config.keyEncryption.path } },
    )
    const seal = await createSeal({ database, provider, clock, logger })
    const directory = createDirectory({ credentials: { hashCredential, verifyCredential } })
    const {
      id: installationId,
      home,
      auditSigner,
    } = await openInstallation({ database, seal, directory, clock, logger })
    const tenant = home.tenant.id
    const homePlace: Place = { kind: 'tenant', tenant, id: tenant, scope: rootScope, name: '', location: '' }

    const outbox = createOutboxStore(database)
    const audit = await openAuditLane({
      opened,
      dataDirectory: config.dataDirectory,
      checkpointFile: config.checkpointFile,
      newLane: config.newAuditLane,
      unsynced: config.fault === 'no-dsync',
      signer: auditSigner,
      outbox,
      clock,
      logger,
      onFatal: options.onFatal,
    })
    closing.push(() => audit.close())
    const refusals = createRefusalTally({ log: audit, clock, timers: systemTimers, logger })
    closing.push(() => refusals.close())
    const tenants = {
      find: (name: string) => (name === tenant || name === home.tenant.domain.toLowerCase() ? tenant : undefined),
    }
    const tokens = createTokenService({ database, seal, directory, tenants, domain: config.domain, clock })
    await tokens.initialize(tenant)
    const rules = new VaultRules()
    const gate = createGate({
      database,
      rules,
      authorizer: createAuthorizer({ clock }),
      audit,
      refusals,
      outbox: { insert: insertOutbox },
      revalidate: (caller, reader) => revalidateCaller(caller, reader, tokens.keys),
      clock,
      logger,
    })

    const verifier = createTokenVerifier({ keys: tokens.keys, revocations: createRevocations({ database }), clock })
    const vaultAudiences = vaultAudiencesOf(config.domain)
    const managementAudiences = managementAudiencesOf(config.domain)
    const graphAudiences = graphAudiencesOf(config.domain)

    const sessions = createWorkloadSessions({ clock })
    const peerUsers = process.platform === 'linux' ? createPeerUsers() : undefined
    const workloads = { find: findAppIdentities }
    const identity = createIdentity({ sessions, workloads, minter: tokens.minter, peerUsers })
    const vault = createVault({
      database,
      seal,
      rules,
      clock,
      authenticate: createBearerAuthentication<Place>({
        verifier,
        audiencesFor: (_place, host) => vaultAudiences(host),
      }),
      settings: { openedSecrets: defaultOpenedSecrets },
    })
    closing.push(() => vault.close())
    const sealerOf = createResourceSealer({ database, seal })
    const containerApps = createContainerApps()
    const sinks = createAuditSinks({ config, opened, audit, vaults: vault.vaults, tenant, clock, logger })
    closing.push(() => sinks.close())
    const resourceManager = createResourceManager({
      vaults: vault.vaults,
      vaultSecrets: vault.secrets,
      privateEndpoints: config.privateEndpoints.map(({ name }) => name),
      ...containerApps,
      sealerOf,
      identities: createUserAssignedIdentityStore(),
      auditSinks: config.auditSinks.map((sink) => sink.name),
      namesFor: (origin) => names.namesFor(origin),
      authenticate: createBearerAuthentication<Place>({
        verifier,
        audiencesFor: (_place, host) => managementAudiences(host),
      }),
    })
    const graph = createGraph({
      clock,
      administration: childScope(rootScope, 'subscriptions', home.subscription.id),
      authenticate: createBearerAuthentication<Place>({
        verifier,
        audiencesFor: (_place, host) => graphAudiences(host),
      }),
    })

    const authority = await createCertificateAuthority({
      database,
      seal,
      clock,
      logger,
      permittedNames: names.permittedNames,
    })
    let addresses: Addresses | undefined
    const control = createControl({
      clock,
      logger,
      tenantId: tenant,
      subscriptionId: home.subscription.id,
      sessions,
      operator: operatorOf(home),
      findApp: findAppByName,
      readSecretVariables: createSecretVariables({
        database,
        sealerOf,
        clock,
        vault: {
          gate,
          surface: vault.surface,
          placeOf(hostname) {
            const named = names.classify(hostname)
            return named?.surface === 'vault' ? vault.resolve(named.name) : undefined
          },
        },
      }),
      applications: createApplications(directory),
      operations: tokens.controlOperations,
      grantOwner: (writer) => grantOwner(writer, home),
      describeServer: () => ({
        ...options.describeServer(),
        installation: installationId,
        audit: audit.health().state,
      }),
      ports() {
        if (addresses === undefined)
          throw new ServiceError('unavailable', 'NotReady', 'The server is not listening yet.', {
            retryAfterSeconds: 1,
          })
        return addresses
      },
      identityEndpointPath,
      authorityPem: authority.certificatePem,
      sessionsDirectory: join(config.dataDirectory, 'sessions'),
      osUserId: process.getuid?.(),
    })
    closing.push(() => control.close())

    const atHome = (surface: Surface, answers: (hostname: string) => boolean): HostRule => ({
      surface,
      resolve: (hostname) => (answers(hostname) ? homePlace : undefined),
    })
    const http = createHttp({
      gate,
      clock,
      logger,
      homePlace,
      hosts: [
        {
          surface: vault.surface,
          resolve(hostname) {
            const named = names.classify(hostname)
            if (named?.surface !== 'vault') return undefined
            const known = vault.resolve(named.name)
            const orUnknown = (place: Place | undefined): Place =>
              place ?? { ...homePlace, kind: 'unknown-vault', name: named.name }
            return known instanceof Promise ? known.then(orUnknown) : orUnknown(known)
          },
        },
        atHome(tokens.surface, (hostname) => names.classify(hostname)?.surface === 'token'),
        atHome(resourceManager.surface, (hostname) => names.classify(hostname)?.surface === 'arm'),
        atHome(graph.surface, (hostname) => names.classify(hostname)?.surface === 'graph'),
      ],
      identity: { ...identity, place: homePlace },
      control: { surface: control.surface, place: homePlace, socketPath: runtime.controlSocket },
      readinessChecks: [
        { name: 'database', check: () => database.ping() },
        {
          name: 'audit',
          async check() {
            const health = audit.health()
            if (health.state !== 'writable') throw new ServiceError('unavailable', 'AuditUnavailable', health.reason)
          },
        },
        ...sinks.readinessChecks,
      ],
      leafFor: createLeaves({ authority, names, own: config.ownCertificate }),
      proxy: {
        isServedHost: (hostname) => names.claims(hostname),
        sessions,
        upstreamOf: (session) => control.upstreamOf(session),
        passesOthers: config.passThrough,
      },
      listen: {
        address: config.listenAddress,
        httpsPort: config.httpsPort,
        proxyPort: config.proxyPort,
        identityPort: config.identityPort,
        healthPort: config.healthPort,
        privateEndpoints: config.privateEndpoints,
      },
    })

    const calls = createBackgroundCalls({ gate, database, clock })
    const armJob = { vaults: vault.vaults, surface: resourceManager.surface, calls, clock }
    const jobs = startBackgroundJobs(
      [
        { name: 'purge of deleted secrets', run: () => vault.purgeDueSecrets(calls) },
        { name: 'purge of deleted vaults', run: () => purgeDueVaults(armJob) },
      ],
      { timers: systemTimers, logger },
    )
    closing.push(() => jobs.close())

    return {
      surfaces: [
        vault.surface,
        tokens.surface,
        identity.appService,
        identity.imds,
        identity.cloudShell,
        resourceManager.surface,
        graph.surface,
        control.surface,
      ],
      http,
      control,
      tenantId: tenant,
      subscriptionId: home.subscription.id,
      authorityPem: authority.certificatePem,
      auditVerifierKey: auditSigner.verifier.verifierKey,
      listening(where) {
        addresses = where
      },
      close,
    }
  } catch (failure) {
    await close()
    throw failure
  }
}
