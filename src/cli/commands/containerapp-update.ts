import type { Command, CommandArguments, CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { containerAppKind, readApp, rowOfApp, withoutVariableValues } from '../container-app-kind.ts'
import {
  appOptions,
  containerMembers,
  containerOptions,
  scaleMembers,
  templateMembers,
} from '../container-app-options.ts'
import { mergeNamed, nameOf, parseVariables } from '../container-app-words.ts'
import { type JsonRecord, recordAt, recordsAt, textAt } from '../json-object.ts'
import { noWaitOption, tagsOption } from '../named-options.ts'
import { placeOf, writeResource } from '../resource-command.ts'
import { parseTags } from '../tags.ts'

const containerChanges = [
  'image',
  'container-name',
  'cpu',
  'memory',
  'command',
  'args',
  'set-env-vars',
  'remove-env-vars',
  'replace-env-vars',
] as const

export const containerappUpdate: Command = {
  path: 'containerapp update',
  summary: 'Change a container app. A change of its template makes a new revision.',
  options: [
    ...appOptions,
    ...containerOptions,
    { name: '--set-env-vars', takes: 'any-list', summary: 'Add or change: NAME=value, NAME=secretref:SECRET ...' },
    { name: '--remove-env-vars', takes: 'any-list', summary: 'Names of variables to take away.' },
    { name: '--replace-env-vars', takes: 'any-list', summary: 'The variables, in place of all that there are.' },
    { name: '--remove-all-env-vars', takes: 'switch', summary: 'Take all variables away.' },
    noWaitOption,
    tagsOption,
  ],
  table: rowOfApp,
  takesIds: true,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const app = await readApp(server, given)
    const tags = parseTags(given.list('tags'))
    const profile = given.text('workload-profile-name')
    const template = templateOf(context, app)
    const body = {
      ...(tags === undefined ? {} : { tags }),
      properties: {
        ...(profile === undefined ? {} : { workloadProfileName: profile }),
        ...(Object.keys(template).length === 0 ? {} : { template }),
      },
    }
    const request = { method: 'PATCH', ...placeOf(server, containerAppKind, given), body } as const
    return withoutVariableValues(await writeResource(server, given, request))
  },
}

function templateOf(context: CommandContext, app: JsonRecord): JsonRecord {
  const given = context.arguments
  const scale = scaleMembers(given)
  const changesContainers =
    given.flag('remove-all-env-vars') ||
    containerChanges.some((name) => given.text(name) !== undefined || given.list(name) !== undefined)
  return {
    ...templateMembers(given),
    ...(changesContainers ? { containers: containersOf(context, app) } : {}),
    ...(scale === undefined ? {} : { scale: { ...recordAt(app, 'properties', 'template', 'scale'), ...scale } }),
  }
}

/** The app's containers, with the one that is meant changed or added. */
function containersOf(context: CommandContext, app: JsonRecord): readonly JsonRecord[] {
  const given = context.arguments
  const containers = [...recordsAt(app, 'properties', 'template', 'containers')]
  const only = containers.length === 1 ? textAt(containers[0], 'name') : undefined
  const name = given.text('container-name') ?? only
  if (name === undefined)
    throw new CommandError('Usage error: --container-name is required when adding or updating a container', 1)
  const at = containers.findIndex((container) => nameOf(container) === name.toLowerCase())
  const former = containers[at]
  if (former === undefined && given.text('image') === undefined)
    throw new CommandError('Usage error: --image is required when adding a new container', 1)
  const changed = withVariables(context, containerMembers(given, former ?? { name }))
  if (former === undefined) return [...containers, changed]
  containers[at] = changed
  return containers
}

function withVariables(context: CommandContext, container: JsonRecord): JsonRecord {
  const given = context.arguments
  const former = recordsAt(container, 'env')
  const set = parsedList(given, 'set-env-vars')
  const replaced = parsedList(given, 'replace-env-vars')
  const removed = given.list('remove-env-vars')?.map((name) => name.toLowerCase())
  if (set === undefined && replaced === undefined && removed === undefined && !given.flag('remove-all-env-vars'))
    return container
  if (given.flag('remove-all-env-vars')) return { ...container, env: [] }
  const kept = replaced ?? mergeNamed(former, set ?? [])
  for (const name of removed ?? [])
    if (!kept.some((variable) => nameOf(variable) === name))
      context.warn(`Environment variable ${name} does not exist.`)
  return { ...container, env: kept.filter((variable) => removed?.includes(nameOf(variable)) !== true) }
}

function parsedList(given: CommandArguments, name: string): readonly JsonRecord[] | undefined {
  const words = given.list(name)
  return words === undefined ? undefined : parseVariables(words)
}
