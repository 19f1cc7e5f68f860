import type { Command } from '../command.ts'
import { sendControlRequest } from '../control-session.ts'
import { readRunFile } from '../run-file.ts'

export const operatorGrant: Command = {
  path: 'operator grant',
  summary: 'Recovery: make the operator Owner of the subscription again. Audited.',
  options: [],
  async run(context) {
    return sendControlRequest(readRunFile(context.dataDirectory), 'POST', '/operatorGrant')
  },
}
