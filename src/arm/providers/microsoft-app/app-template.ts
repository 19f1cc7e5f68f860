import { z } from 'zod'
import { boundedList } from '#base/bounded-list.ts'
import { ServiceError } from '#base/errors.ts'
import { jsonList, jsonObject } from '../../json-shapes.ts'

/** Of an app's containers, and of its initial ones. */
const maximumContainers = 100
/** Of one container. */
const maximumVariables = 1000
/** Of a command, and of its arguments. */
const maximumWords = 1000

/** What an operating system takes as a variable's name; its value, like all text of a body, has no U+0000. */
const variableName = z.string().regex(/^[^=\0]+$/, "must not be empty or contain '=' or U+0000")
const variable = z.object({ name: variableName, value: z.string().optional(), secretRef: z.string().optional() })

const container = z.object({
  name: z.string().min(1),
  image: z.string().min(1),
  imageType: z.string().optional(),
  command: boundedList(z.string(), maximumWords).optional(),
  args: boundedList(z.string(), maximumWords).optional(),
  env: boundedList(variable, maximumVariables).optional(),
  resources: z.object({ cpu: z.number().positive().optional(), memory: z.string().optional() }).optional(),
  volumeMounts: jsonList.optional(),
  probes: jsonList.optional(),
})

/** What a revision is made of. Members that are not here are read-only or unknown and are not stored. */
export const templateSchema = z.object({
  revisionSuffix: z.string().optional(),
  terminationGracePeriodSeconds: z.int().min(0).optional(),
  containers: boundedList(container, maximumContainers, { minimum: 1 }),
  initContainers: boundedList(container, maximumContainers).optional(),
  scale: jsonObject.optional(),
  volumes: jsonList.optional(),
  serviceBinds: jsonList.optional(),
})

type Container = z.infer<typeof container>
export type Template = z.infer<typeof templateSchema>

const suffixPattern = /^[a-z0-9](?!.*--)([-a-z0-9]*[a-z0-9])?$/
const maximumSuffixLength = 54

/**
 * A template as it is stored: defaults filled in, an empty suffix left out, an empty value beside a `secretRef` left out.
 * Throws `malformed` for a bad suffix, for containers of one name and for environment variables whose name cannot be set.
 */
export function completeTemplate(template: Template): Template {
  const { revisionSuffix, containers, initContainers, ...rest } = template
  refuseTwins([...containers, ...(initContainers ?? [])])
  return {
    ...rest,
    ...(revisionSuffix === undefined || revisionSuffix === '' ? {} : { revisionSuffix: checkSuffix(revisionSuffix) }),
    containers: containers.map(completeContainer),
    ...(initContainers === undefined ? {} : { initContainers: initContainers.map(completeContainer) }),
  }
}

function completeContainer(container: Container): Container {
  return {
    ...container,
    ...(container.env === undefined ? {} : { env: container.env.map(completeVariable) }),
    resources: { cpu: container.resources?.cpu ?? 0.5, memory: container.resources?.memory ?? '1Gi' },
  }
}

function completeVariable({ name, value, secretRef }: z.infer<typeof variable>): z.infer<typeof variable> {
  return secretRef === undefined || secretRef === '' ? { name, value: value ?? '' } : { name, secretRef }
}

function checkSuffix(suffix: string): string {
  if (suffix.length <= maximumSuffixLength && suffixPattern.test(suffix)) return suffix
  throw new ServiceError(
    'malformed',
    'ContainerAppInvalidRevisionSuffix',
    `A revision suffix consists of lower case letters, digits and single hyphens, begins and ends with a letter or digit, and has at most ${maximumSuffixLength} characters.`,
    { target: 'properties.template.revisionSuffix' },
  )
}

function refuseTwins(containers: readonly Container[]): void {
  const names = containers.map(({ name }) => name.toLowerCase())
  if (new Set(names).size === names.length) return
  throw new ServiceError(
    'malformed',
    'InvalidParameterValueInContainerTemplate',
    "The following field(s) are either invalid or missing. Field 'template.containers' is invalid with details: container names must be unique.",
    { target: 'properties.template.containers' },
  )
}
