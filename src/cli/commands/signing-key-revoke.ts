import type { Command } from '../command.ts'
import { sendControlRequest } from '../control-session.ts'
import { readRunFile } from '../run-file.ts'

export const signingKeyRevoke: Command = {
  path: 'signing-key revoke',
  summary: 'Emergency: withdraw every key for access tokens at once. Each token in use ends now.',
  options: [],
  run: (context) => sendControlRequest(readRunFile(context.dataDirectory), 'POST', '/signing-keys/revoke'),
}
