import { z } from 'zod'

const attributesShape = z.object({
  enabled: z.boolean().optional(),
  nbf: z.number().optional(),
  exp: z.number().optional(),
  created: z.number().optional(),
  updated: z.number().optional(),
  recoveryLevel: z.string().optional(),
  recoverableDays: z.number().optional(),
})
const secretShape = z.object({
  id: z.string(),
  value: z.string().optional(),
  contentType: z.string().optional(),
  kid: z.string().optional(),
  managed: z.boolean().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  attributes: attributesShape,
})

/** A secret bundle as az prints it: ISO times, `name` from the id, absent members as null. */
export function viewSecret(body: unknown): Readonly<Record<string, unknown>> {
  const secret = secretShape.parse(body)
  return {
    attributes: viewAttributes(secret.attributes),
    contentType: secret.contentType ?? null,
    id: secret.id,
    kid: secret.kid ?? null,
    managed: secret.managed ?? null,
    name: nameOf(secret.id),
    tags: secret.tags ?? null,
    value: secret.value ?? null,
  }
}

/** A secret list item as az prints it; items never carry a value. */
export function viewSecretItem(body: unknown): Readonly<Record<string, unknown>> {
  const item = secretShape.parse(body)
  return {
    attributes: viewAttributes(item.attributes),
    contentType: item.contentType ?? null,
    id: item.id,
    managed: item.managed ?? null,
    name: nameOf(item.id),
    tags: item.tags ?? null,
  }
}

/** The columns of az's table of secrets. */
export function tableOfSecrets(result: unknown): readonly Readonly<Record<string, unknown>>[] {
  const items = Array.isArray(result) ? result : [result]
  return items.map((item) => {
    const { name, id, contentType, attributes } = rowShape.parse(item)
    return {
      Name: name,
      Id: id,
      ContentType: contentType ?? '',
      Enabled: attributes.enabled ?? '',
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

function viewAttributes(attributes: z.infer<typeof attributesShape>): Readonly<Record<string, unknown>> {
  return {
    created: isoTime(attributes.created),
    enabled: attributes.enabled ?? null,
    expires: isoTime(attributes.exp),
    notBefore: isoTime(attributes.nbf),
    recoverableDays: attributes.recoverableDays ?? null,
    recoveryLevel: attributes.recoveryLevel ?? null,
    updated: isoTime(attributes.updated),
  }
}

function isoTime(epochSeconds: number | undefined): string | null {
  return epochSeconds === undefined ? null : new Date(epochSeconds * 1000).toISOString().replace(/\.\d{3}Z$/, '+00:00')
}

/** The fourth segment of `https://vault/secrets/name/version`. */
function nameOf(id: string): string {
  return new URL(id).pathname.split('/')[2] ?? ''
}
