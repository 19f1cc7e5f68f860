import type { Command } from '../command.ts'

export const adSignedInUserShow: Command = {
  path: 'ad signed-in-user show',
  summary: 'Show who commands run as.',
  options: [],
  async run(context) {
    const server = await context.server()
    const { objectId, userPrincipalName } = await server.signedInUser()
    return { displayName: userPrincipalName.split('@')[0], id: objectId, userPrincipalName }
  },
}
