import type { Command } from '../command.ts'

export const adSignedInUserShow: Command = {
  path: 'ad signed-in-user show',
  summary: 'Show the user that commands run as.',
  options: [],
  async run(context) {
    const server = await context.server()
    return (await server.graph({ method: 'GET', path: '/v1.0/me' })).body
  },
}
