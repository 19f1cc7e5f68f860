import type { Command } from '../command.ts'
import { sendControlRequest } from '../control-session.ts'
import { readRunFile } from '../run-file.ts'

export const signingKeyRotate: Command = {
  path: 'signing-key rotate',
  summary: 'Publish a new key for access tokens; it signs once clients have had time to learn it.',
  options: [],
  run: (context) => sendControlRequest(readRunFile(context.dataDirectory), 'POST', '/signing-keys/rotate'),
}
