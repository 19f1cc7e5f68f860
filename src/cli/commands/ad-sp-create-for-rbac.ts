import { z } from 'zod'
import { answerIn } from '../client/service-answer.ts'
import type { Command } from '../command.ts'
import { sendControlRequest } from '../control-session.ts'
import { readRunFile } from '../run-file.ts'

const madeShape = z.object({
  appId: z.string(),
  displayName: z.string(),
  objectId: z.string(),
  password: z.string(),
  tenant: z.string(),
})

export const adSpCreateForRbac: Command = {
  path: 'ad sp create-for-rbac',
  summary: 'Register an application with a client secret, shown once. It has no role until you assign one.',
  options: [{ name: '--name', aliases: ['-n', '--display-name'], required: true, summary: 'Display name.' }],
  async run(context) {
    const server = readRunFile(context.dataDirectory)
    const displayName = context.arguments.required('name')
    return answerIn(madeShape, await sendControlRequest(server, 'POST', '/servicePrincipals', { displayName }))
  },
}
