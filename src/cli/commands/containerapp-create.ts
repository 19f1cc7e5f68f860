import { environmentType } from '../api-versions.ts'
import type { ServerClient } from '../client/server-client.ts'
import { ServiceFailure } from '../client/service-answer.ts'
import type { Command, CommandArguments } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { withIdentities } from '../container-app-identity.ts'
import { containerAppKind, rowOfApp, withoutVariableValues, writeApp } from '../container-app-kind.ts'
import {
  appOptions,
  containerMembers,
  containerOptions,
  identityOptions,
  scaleMembers,
  templateMembers,
} from '../container-app-options.ts'
import { parseSecrets, parseVariables } from '../container-app-words.ts'
import { type JsonRecord, textAt } from '../json-object.ts'
import { noWaitOption, tagsOption } from '../named-options.ts'
import { wholeNumberOption } from '../option-values.ts'
import { encodedPath, resourcePath } from '../resource-paths.ts'
import { parseTags } from '../tags.ts'

const defaultImage = 'mcr.microsoft.com/k8se/quickstart:latest'

export const containerappCreate: Command = {
  path: 'containerapp create',
  summary: 'Create a container app.',
  options: [
    ...appOptions,
    { name: '--environment', required: true, summary: 'Name or id of the managed environment.' },
    ...containerOptions,
    { name: '--env-vars', takes: 'any-list', summary: 'Environment variables: NAME=value, NAME=secretref:SECRET ...' },
    {
      name: '--secrets',
      aliases: ['-s'],
      takes: 'any-list',
      summary: 'Secrets: NAME=value, NAME=keyvaultref:URL,identityref:ID ... A value here shows in the process list.',
    },
    ...identityOptions,
    { name: '--revisions-mode', values: ['single', 'multiple'], summary: 'How many revisions are active.' },
    { name: '--ingress', values: ['internal', 'external'], summary: 'Who reaches the app.' },
    { name: '--target-port', summary: 'Port on which the app listens.' },
    { name: '--transport', values: ['auto', 'http', 'http2', 'tcp'], summary: 'Protocol of the ingress.' },
    { name: '--exposed-port', summary: 'Port of a tcp ingress.' },
    { name: '--allow-insecure', takes: 'boolean', summary: 'Whether plain http is answered too.' },
    noWaitOption,
    tagsOption,
  ],
  table: rowOfApp,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const environment = await readEnvironment(server, given)
    const tags = parseTags(given.list('tags'))
    const profile = given.text('workload-profile-name')
    const app: JsonRecord = {
      location: textAt(environment, 'location'),
      identity: withIdentities(server, given, {}),
      properties: {
        environmentId: textAt(environment, 'id'),
        configuration: configurationOf(given),
        template: templateOf(given),
        ...(profile === undefined ? {} : { workloadProfileName: profile }),
      },
      ...(tags === undefined ? {} : { tags }),
    }
    return withoutVariableValues(await writeApp(server, given, app))
  },
}

async function readEnvironment(server: ServerClient, given: CommandArguments): Promise<unknown> {
  const named = given.required('environment')
  const path = named.startsWith('/')
    ? encodedPath(named)
    : resourcePath(server.server.subscriptionId, given.required('resource-group'), environmentType, named)
  try {
    return (await server.management({ method: 'GET', path, query: { 'api-version': containerAppKind.apiVersion } }))
      .body
  } catch (failure) {
    if (failure instanceof ServiceFailure && failure.status === 404)
      throw new CommandError(`The environment '${named}' does not exist. Specify a valid environment`, 1, {
        cause: failure,
      })
    throw failure
  }
}

function configurationOf(given: CommandArguments): JsonRecord {
  const secrets = given.list('secrets')
  const ingress = ingressOf(given)
  const isMultiple = given.text('revisions-mode') === 'multiple'
  return {
    activeRevisionsMode: isMultiple ? 'Multiple' : 'Single',
    ...(secrets === undefined ? {} : { secrets: parseSecrets(secrets) }),
    ...(ingress === undefined ? {} : { ingress }),
  }
}

function ingressOf(given: CommandArguments): JsonRecord | undefined {
  const ingress = given.text('ingress')
  if (ingress === undefined) return undefined
  const targetPort = wholeNumberOption(given.text('target-port'), 'target-port')
  const exposedPort = wholeNumberOption(given.text('exposed-port'), 'exposed-port')
  return {
    external: ingress === 'external',
    transport: given.text('transport') ?? 'auto',
    allowInsecure: given.boolean('allow-insecure') ?? false,
    ...(targetPort === undefined ? {} : { targetPort }),
    ...(exposedPort === undefined ? {} : { exposedPort }),
  }
}

function templateOf(given: CommandArguments): JsonRecord {
  const variables = given.list('env-vars')
  const scale = scaleMembers(given)
  return {
    ...templateMembers(given),
    containers: [
      {
        ...containerMembers(given, {
          name: given.text('container-name') ?? given.required('name'),
          image: defaultImage,
        }),
        ...(variables === undefined ? {} : { env: parseVariables(variables) }),
      },
    ],
    ...(scale === undefined ? {} : { scale }),
  }
}
