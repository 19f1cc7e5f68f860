import { z } from 'zod'
import { answerIn } from '../client/service-answer.ts'
import type { Command } from '../command.ts'
import { sendControlRequest } from '../control-session.ts'
import { readRunFile } from '../run-file.ts'

export const sessionList: Command = {
  path: 'session list',
  summary: 'List the live sessions.',
  options: [],
  async run(context) {
    const answer = await sendControlRequest(readRunFile(context.dataDirectory), 'GET', '/sessions')
    return answerIn(z.object({ value: z.array(z.unknown()) }), answer).value
  },
}
