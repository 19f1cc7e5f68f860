import type { CommandArguments, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import type { JsonRecord } from './json-object.ts'
import { groupOption, nameOption } from './named-options.ts'
import { wholeNumberOption } from './option-values.ts'

/** How commands name an app. */
export const appOptions: readonly CommandOption[] = [nameOption('Name of the app.'), groupOption]

/** What a container runs, of `create` and `update`. */
export const containerOptions: readonly CommandOption[] = [
  { name: '--image', aliases: ['-i'], summary: 'Container image.' },
  { name: '--container-name', summary: 'Name of the container.' },
  { name: '--cpu', summary: 'Cores, such as 0.5.' },
  { name: '--memory', summary: 'Memory, such as 1.0Gi.' },
  { name: '--command', takes: 'any-list', summary: 'Command that the container runs.' },
  { name: '--args', takes: 'any-list', summary: 'Arguments of the command.' },
  { name: '--min-replicas', summary: 'Least number of replicas.' },
  { name: '--max-replicas', summary: 'Greatest number of replicas.' },
  { name: '--revision-suffix', summary: 'Suffix of the name of the new revision.' },
  { name: '--workload-profile-name', aliases: ['-w'], summary: 'Workload profile to run on.' },
  {
    name: '--termination-grace-period',
    aliases: ['--tgp'],
    summary: 'Seconds that a replica is given to end by itself.',
  },
]

/** Which identities a command is about. */
export const identityOptions: readonly CommandOption[] = [
  { name: '--system-assigned', takes: 'switch', summary: "The app's own identity." },
  { name: '--user-assigned', takes: 'any-list', summary: 'Names or ids of user-assigned identities.' },
]

/** The members of a container that the options give. */
export function containerMembers(given: CommandArguments, former: JsonRecord): JsonRecord {
  const image = given.text('image')
  const command = given.list('command')
  const parameters = given.list('args')
  const cpu = numberOption(given.text('cpu'), 'cpu')
  const memory = given.text('memory')
  const resources = {
    ...(typeof former['resources'] === 'object' && former['resources'] !== null ? former['resources'] : {}),
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
  }
  return {
    ...former,
    ...(image === undefined ? {} : { image }),
    ...(command === undefined ? {} : { command }),
    ...(parameters === undefined ? {} : { args: parameters }),
    ...(cpu === undefined && memory === undefined ? {} : { resources }),
  }
}

/** The scale that the options give; undefined when they give none. */
export function scaleMembers(given: CommandArguments): JsonRecord | undefined {
  const minReplicas = wholeNumberOption(given.text('min-replicas'), 'min-replicas')
  const maxReplicas = wholeNumberOption(given.text('max-replicas'), 'max-replicas')
  if (minReplicas === undefined && maxReplicas === undefined) return undefined
  return {
    ...(minReplicas === undefined ? {} : { minReplicas }),
    ...(maxReplicas === undefined ? {} : { maxReplicas }),
  }
}

/** The members of a template, besides containers and scale, that the options give. */
export function templateMembers(given: CommandArguments): JsonRecord {
  const revisionSuffix = given.text('revision-suffix')
  const grace = wholeNumberOption(given.text('termination-grace-period'), 'termination-grace-period')
  return {
    ...(revisionSuffix === undefined ? {} : { revisionSuffix }),
    ...(grace === undefined ? {} : { terminationGracePeriodSeconds: grace }),
  }
}

function numberOption(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text)) throw new CommandError(`--${name} takes a number.`, 2)
  return value
}
