import { describeCloud } from '../cloud-profile.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { wholeNumberOption } from '../option-values.ts'
import { readRunFile } from '../run-file.ts'

const highestPort = 65_535

export const cloudProfile: Command = {
  path: 'cloud-profile',
  summary: "Print this installation's own names for 'az cloud register -n NAME --cloud-config'.",
  options: [
    {
      name: '--port',
      summary: 'The https port that clients see, if it is not the one listened on.',
      placeholder: 'PORT',
    },
  ],
  run(context) {
    const { domain, httpsPort, caFile } = readRunFile(context.dataDirectory)
    const port = wholeNumberOption(context.arguments.text('port'), 'port') ?? httpsPort
    if (port < 1 || port > highestPort) throw new CommandError(`--port takes a number from 1 to ${highestPort}.`, 2)
    context.note(`strongroom: az needs REQUESTS_CA_BUNDLE=${caFile} and AZURE_CORE_INSTANCE_DISCOVERY=false besides.`)
    return Promise.resolve(describeCloud({ domain, port }))
  },
}
