import { removeSignIn } from '../client/sign-in-file.ts'
import type { Command } from '../command.ts'

export const accountClear: Command = {
  path: 'account clear',
  summary: 'Forget who signed in, and the tokens.',
  options: [],
  async run() {
    removeSignIn()
  },
}
