import { readSignIn, removeSignIn } from '../client/sign-in-file.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'

export const logout: Command = {
  path: 'logout',
  summary: 'Forget the sign-in and its tokens.',
  options: [{ name: '--username', summary: 'Who signs out (default: whoever signed in).' }],
  async run(context) {
    const signIn = readSignIn()
    const username = context.arguments.text('username')
    if (signIn === undefined) throw new CommandError('There are no active accounts.', 1)
    if (username !== undefined && username !== signIn.user.name)
      throw new CommandError(`Account '${username}' is not signed in.`, 1)
    removeSignIn()
  },
}
