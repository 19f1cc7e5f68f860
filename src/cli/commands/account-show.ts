import { viewAccount } from '../account-view.ts'
import type { Command } from '../command.ts'

export const accountShow: Command = {
  path: 'account show',
  summary: 'Show the subscription, the tenant and who commands run as.',
  options: [],
  async run(context) {
    return viewAccount((await context.server()).server, true)
  },
}
