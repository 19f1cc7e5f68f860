import { tableOfAccounts, viewListedAccount } from '../account-view.ts'
import { accountOf } from '../client/open-client.ts'
import { readClaims } from '../client/server-client.ts'
import {
  localPlace,
  readSubscriptions,
  remotePlace,
  type SignInPlace,
  tokensByClientSecret,
  tokensOfManagedIdentity,
} from '../client/sign-in.ts'
import { type SignIn, writeSignIn } from '../client/sign-in-file.ts'
import type { Command, CommandArguments } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { askSecret } from '../progress.ts'

type Who = Pick<SignIn, 'user' | 'tenantId' | 'tokens'>

export const login: Command = {
  path: 'login',
  summary: 'Sign in as a service principal or as a managed identity. On the server itself, commands need no login.',
  options: [
    { name: '--service-principal', takes: 'switch', summary: 'As a service principal.' },
    { name: '--username', aliases: ['-u'], summary: 'Application id of the service principal.' },
    {
      name: '--password',
      aliases: ['-p'],
      summary: 'Client secret; @FILE reads it from a file, @- from the input. Asked for on a terminal when left out.',
    },
    { name: '--tenant', aliases: ['-t'], summary: 'Tenant of the service principal.' },
    { name: '--identity', aliases: ['-i'], takes: 'switch', summary: 'As the managed identity of this process.' },
    { name: '--client-id', summary: 'Which of several managed identities, by client id.' },
    { name: '--object-id', summary: 'Which of several managed identities, by object id.' },
    { name: '--resource-id', summary: 'Which of several managed identities, by resource id.' },
    {
      name: '--authority-host',
      summary: 'Address of a server elsewhere: https://login.DOMAIN[:PORT].',
      placeholder: 'URL',
    },
    {
      name: '--ca-file',
      summary: "That server's certificate authority (PEM), when the system does not trust it.",
      placeholder: 'FILE',
    },
    { name: '--allow-no-subscriptions', takes: 'switch', summary: 'Sign in also without a subscription.' },
  ],
  table: tableOfAccounts,
  async run(context) {
    const given = context.arguments
    const isPrincipal = given.flag('service-principal')
    if (isPrincipal === given.flag('identity'))
      throw new CommandError(
        'Sign in with --service-principal, or with --identity. On the server itself no login is needed.',
        2,
      )
    const authorityHost = given.text('authority-host')
    const at =
      authorityHost === undefined
        ? localPlace(context.dataDirectory)
        : await remotePlace(authorityHost, given.text('ca-file'))
    try {
      const who = isPrincipal ? await asServicePrincipal(at, given) : await asManagedIdentity(given)
      const visible = await readSubscriptions(at, who.tokens)
      if (visible.length === 0 && !given.flag('allow-no-subscriptions'))
        throw new CommandError(`No subscriptions found for ${who.user.name}.`, 1)
      const subscriptions = visible.length === 0 ? [tenantAlone(who.tenantId)] : visible
      const signIn: SignIn = { ...who, subscriptions, place: at.place }
      writeSignIn(signIn)
      return subscriptions.map(({ id }, index) => viewListedAccount(accountOf(signIn, id), index === 0))
    } finally {
      at.channel.close()
    }
  },
}

/** What stands for a subscription where there is none, as in az: commands on the data of vaults need none. */
function tenantAlone(tenantId: string): SignIn['subscriptions'][number] {
  return { id: tenantId, name: 'N/A(tenant level account)', state: 'Enabled', tenantId }
}

async function asServicePrincipal(at: SignInPlace, given: CommandArguments): Promise<Who> {
  const clientId = given.text('username')
  const tenant = given.text('tenant')
  if (clientId === undefined || tenant === undefined)
    throw new CommandError('usage error: --service-principal --username NAME --password SECRET --tenant TENANT', 1)
  const clientSecret = given.text('password') ?? (await askSecret('Password: '))
  const tokens = await tokensByClientSecret(at, { tenant, clientId, clientSecret })
  return { user: { name: clientId, type: 'servicePrincipal' }, tenantId: tenant, tokens }
}

async function asManagedIdentity(given: CommandArguments): Promise<Who> {
  const named = [
    ['client_id', given.text('client-id')],
    ['principal_id', given.text('object-id')],
    ['mi_res_id', given.text('resource-id')],
  ] as const
  const chosen = named.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  if (chosen.length > 1) throw new CommandError('Give only one of --client-id, --object-id and --resource-id.', 1)
  const tokens = await tokensOfManagedIdentity(Object.fromEntries(chosen))
  const { tid } = readClaims(Object.values(tokens)[0]?.text ?? '')
  const name = chosen.length === 0 ? 'systemAssignedIdentity' : 'userAssignedIdentity'
  const info = chosen.length === 0 ? 'MSI' : infoOf(chosen[0]?.[0] ?? '', chosen[0]?.[1] ?? '')
  return { user: { name, type: 'servicePrincipal', assignedIdentityInfo: info }, tenantId: tid, tokens }
}

function infoOf(kind: string, value: string): string {
  return `${kind === 'client_id' ? 'MSIClient' : kind === 'principal_id' ? 'MSIObject' : 'MSIResource'}-${value}`
}
