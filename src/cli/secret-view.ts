import { z } from 'zod'
import { answerIn } from './client/service-answer.ts'

/** What a `Date` can be. Source: ECMA-262 §21.4.1.1. */
const epochSecondsShape = z.number().min(-8.64e12).max(8.64e12)

const attributesShape = z.object({
  enabled: z.boolean().optional(),
  nbf: epochSecondsShape.optional(),
  exp: epochSecondsShape.optional(),
  created: epochSecondsShape.optional(),
  updated: epochSecondsShape.optional(),
  recoveryLevel: z.string().optional(),
  recoverableDays: z.number().optional(),
})
const secretShape = z.object({
  id: z.string().refine((id) => URL.canParse(id)),
  value: z.string().optional(),
  contentType: z.string().optional(),
  kid: z.string().optional(),
  managed: z.boolean().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  attributes: attributesShape,
  deletedDate: epochSecondsShape.optional(),
  recoveryId: z.string().optional(),
  scheduledPurgeDate: epochSecondsShape.optional(),
})

type View = Readonly<Record<string, unknown>>

/** A secret bundle as az prints it: ISO times, `name` from the id, absent members as null. */
export function viewSecret(body: unknown): View {
  const secret = answerIn(secretShape, body)
  return { ...propertiesOf(secret), kid: secret.kid ?? null, value: secret.value ?? null }
}

/** A secret list item as az prints it; items never carry a value. */
export function viewSecretItem(body: unknown): View {
  return propertiesOf(answerIn(secretShape, body))
}

/** A deleted secret in a list, as az prints it. */
export function viewDeletedSecretItem(body: unknown): View {
  const secret = answerIn(secretShape, body)
  return { ...propertiesOf(secret), ...deletionOf(secret) }
}

/** A deleted secret as az prints it: without its value. */
export function viewDeletedSecret(body: unknown): View {
  const secret = answerIn(secretShape, body)
  return { ...propertiesOf(secret), kid: secret.kid ?? null, value: null, ...deletionOf(secret) }
}

/** Whether a certificate or another resource keeps the secret; az leaves such secrets out of lists. */
export function isManaged(body: unknown): boolean {
  return answerIn(secretShape, body).managed === true
}

/** The columns of az's table of secrets; what is false or absent is blank. */
export function tableOfSecrets(result: unknown): unknown {
  const items: readonly unknown[] = Array.isArray(result) ? result : [result]
  return items.map((item) => {
    const { name, id, contentType, attributes } = answerIn(rowShape, item)
    return {
      Name: name,
      Id: id,
      ContentType: contentType ?? '',
      Enabled: attributes.enabled === true ? true : '',
      Expires: attributes.expires ?? '',
    }
  })
}

const rowShape = z.object({
  name: z.string(),
  id: z.string(),
  contentType: z.string().nullable(),
  attributes: z.object({ enabled: z.boolean().nullable(), expires: z.string().nullable() }),
})

function propertiesOf(secret: z.infer<typeof secretShape>): View {
  return {
    attributes: viewAttributes(secret.attributes),
    contentType: secret.contentType ?? null,
    id: secret.id,
    managed: secret.managed ?? null,
    name: nameOf(secret.id),
    tags: secret.tags ?? null,
  }
}

function deletionOf(secret: z.infer<typeof secretShape>): View {
  return {
    deletedDate: isoTime(secret.deletedDate),
    recoveryId: secret.recoveryId ?? null,
    scheduledPurgeDate: isoTime(secret.scheduledPurgeDate),
  }
}

function viewAttributes(attributes: z.infer<typeof attributesShape>): View {
  return {
    enabled: attributes.enabled ?? null,
    notBefore: isoTime(attributes.nbf),
    expires: isoTime(attributes.exp),
    created: isoTime(attributes.created),
    updated: isoTime(attributes.updated),
    recoverableDays: attributes.recoverableDays ?? null,
    recoveryLevel: attributes.recoveryLevel ?? null,
  }
}

function isoTime(epochSeconds: number | undefined): string | null {
  return epochSeconds === undefined ? null : new Date(epochSeconds * 1000).toISOString().replace(/\.\d{3}Z$/, '+00:00')
}

/** The fourth segment of `https://vault/secrets/name/version`. */
function nameOf(id: string): string {
  return new URL(id).pathname.split('/')[2] ?? ''
}
