import { accountOf, applicableSignIn } from '../client/open-client.ts'
import { writeSignIn } from '../client/sign-in-file.ts'
import type { Command } from '../command.ts'

export const accountSet: Command = {
  path: 'account set',
  summary: 'Choose the subscription that later commands work in.',
  options: [{ name: '--subscription', aliases: ['-s', '--name', '-n'], required: true, summary: 'Its name or id.' }],
  async run(context) {
    const wanted = context.arguments.required('subscription')
    const signIn = applicableSignIn(context)
    // Opening the client refuses a subscription that is not there.
    if (signIn === undefined) await context.server()
    else writeSignIn({ ...signIn, active: accountOf(signIn, wanted).subscriptionId })
  },
}
