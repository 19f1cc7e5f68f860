import type { Command } from '../command.ts'
import { sendControlRequest } from '../control-session.ts'
import { readRunFile } from '../run-file.ts'

export const sessionEnd: Command = {
  path: 'session end',
  summary: 'End a session; its credentials are worth nothing from then on.',
  options: [{ name: '--id', required: true, summary: 'Id of the session.' }],
  async run(context) {
    await sendControlRequest(
      readRunFile(context.dataDirectory),
      'DELETE',
      `/sessions/${encodeURIComponent(context.arguments.required('id'))}`,
    )
    return undefined
  },
}
