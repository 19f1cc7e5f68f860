import { tableOfAccounts, viewListedAccount } from '../account-view.ts'
import { accountOf, applicableSignIn } from '../client/open-client.ts'
import type { Command } from '../command.ts'

export const accountList: Command = {
  path: 'account list',
  summary: 'List the subscriptions that commands can work in.',
  options: [
    { name: '--all', takes: 'switch', summary: 'Also those that are not enabled.' },
    { name: '--refresh', takes: 'switch', summary: 'Without effect: the list is what the sign-in gave.' },
  ],
  table: tableOfAccounts,
  async run(context) {
    const signIn = applicableSignIn(context)
    if (signIn === undefined) return [viewListedAccount((await context.server()).server, true)]
    const active = signIn.active ?? signIn.subscriptions[0]?.id
    return signIn.subscriptions.map(({ id }) => viewListedAccount(accountOf(signIn, id), id === active))
  },
}
