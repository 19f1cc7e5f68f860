import { readFileSync } from 'node:fs'
import { CommandError } from '../command-error.ts'
import { startControlSession } from '../control-session.ts'
import { type RunFile, readRunFile } from '../run-file.ts'
import { openLocalChannel, openRemoteChannel } from './channel.ts'
import { type Credential, operatorCredential } from './credential.ts'
import {
  type Account,
  createServerClient,
  managementResource,
  readClaims,
  type ServerClient,
  type ServerConnection,
  type ServerNames,
} from './server-client.ts'
import { readSignIn, type SignIn } from './sign-in-file.ts'

/** What a client is opened with. */
export interface ClientSettings {
  readonly dataDirectory: string
  /** Whether the directory was named; then a sign-in to another server is not used. */
  readonly dataDirectoryIsNamed: boolean
  /** `--subscription`: the id or name of the subscription to work in. */
  readonly subscription?: string
  readonly trace: (line: string) => void
  readonly waiting: (ended: Promise<unknown>) => void
}

/** The names under which every server answers on its own machine. */
export const azureNames: ServerNames = {
  management: 'management.azure.com',
  graph: 'graph.microsoft.com',
  vaultSuffix: 'vault.azure.net',
}

const azureEnvironment = 'AzureCloud'

/**
 * A client as whoever signed in with `strongroom login`; without a sign-in, as the operator of the server on the data directory.
 * Throws `CommandError`: 2 when no server runs there, 1 for a sign-in that has expired and for an unknown subscription.
 */
export async function openClient(settings: ClientSettings): Promise<ServerClient> {
  const signIn = applicableSignIn(settings)
  const connection = signIn === undefined ? await connectAsOperator(settings) : connectAs(signIn, settings)
  return createServerClient(connection)
}

/** The sign-in that commands with these settings run as, if there is one. */
export function applicableSignIn(
  settings: Pick<ClientSettings, 'dataDirectory' | 'dataDirectoryIsNamed'>,
): SignIn | undefined {
  const signIn = readSignIn()
  if (signIn === undefined) return undefined
  if (signIn.place.kind === 'local') return signIn.place.dataDirectory === settings.dataDirectory ? signIn : undefined
  return settings.dataDirectoryIsNamed ? undefined : signIn
}

async function connectAsOperator(settings: ClientSettings): Promise<ServerConnection> {
  const server = readRunFile(settings.dataDirectory)
  const session = await startControlSession(server, { kind: 'operator', privateFolder: false })
  const credential = operatorCredential(session)
  try {
    const account = await operatorAccount(server, credential)
    checkSubscription([account], settings.subscription)
    const channel = openLocalChannel(server.httpsPort, readFileSync(server.caFile, 'utf8'))
    return { account, names: azureNames, channel, credential, trace: settings.trace, waiting: settings.waiting }
  } catch (failure) {
    await credential.close()
    throw failure
  }
}

async function operatorAccount(server: RunFile, credential: Credential): Promise<Account> {
  const claims = readClaims((await credential.token(managementResource)).text)
  return {
    subscriptionId: server.subscriptionId,
    subscriptionName: 'Strongroom',
    tenantId: server.tenantId,
    environmentName: azureEnvironment,
    user: { name: claims.upn ?? claims.unique_name ?? '', type: 'user', cloudShellID: true },
  }
}

function connectAs(signIn: SignIn, settings: ClientSettings): ServerConnection {
  const { place } = signIn
  const account = accountOf(signIn, settings.subscription)
  const shared = {
    account,
    credential: keptCredential(signIn),
    trace: settings.trace,
    waiting: settings.waiting,
  }
  if (place.kind === 'remote')
    return { ...shared, names: place, channel: openRemoteChannel(place.certificateAuthority) }
  const server = readRunFile(place.dataDirectory)
  const channel = openLocalChannel(server.httpsPort, readFileSync(server.caFile, 'utf8'))
  return { ...shared, names: azureNames, channel }
}

/** The account that a sign-in's commands work in. Throws `CommandError` (1) when it has no such subscription. */
export function accountOf(signIn: SignIn, subscription: string | undefined): Account {
  const accounts = signIn.subscriptions.map((found) => ({
    subscriptionId: found.id,
    subscriptionName: found.name,
    tenantId: found.tenantId,
    environmentName: signIn.place.kind === 'remote' ? signIn.place.environmentName : azureEnvironment,
    user: signIn.user,
  }))
  const wanted = checkSubscription(accounts, subscription ?? signIn.active)
  if (wanted !== undefined) return wanted
  throw new CommandError('No subscription found. Give this principal a role in one, then sign in again.', 1)
}

function checkSubscription(accounts: readonly Account[], wanted: string | undefined): Account | undefined {
  if (wanted === undefined) return accounts[0]
  const lower = wanted.toLowerCase()
  const found = accounts.find(
    (account) => account.subscriptionId.toLowerCase() === lower || account.subscriptionName.toLowerCase() === lower,
  )
  if (found === undefined)
    throw new CommandError(`The subscription of '${wanted}' doesn't exist in cloud '${azureEnvironment}'.`, 1)
  return found
}

/** The tokens of a sign-in. It keeps no secret to get others with. */
function keptCredential(signIn: SignIn): Credential {
  return {
    async token(resource) {
      const token = signIn.tokens[resource]
      if (token === undefined) throw new CommandError(`This sign-in has no token for ${resource}.`, 1)
      if (token.expiresOnEpochSeconds * 1000 <= Date.now())
        throw new CommandError("The sign-in has expired. Sign in again with 'strongroom login'.", 1)
      return token
    },
    close: async () => undefined,
  }
}
