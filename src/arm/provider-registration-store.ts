import { ServiceError } from '#base/errors.ts'
import { canonicalName, type SubscriptionId } from '#base/ids.ts'
import type { Reader, Writer } from '#storage/database.ts'

export type RegistrationState = 'Registered' | 'Unregistered'

type Registration = { readonly subscription: SubscriptionId; readonly namespace: string }

/** The namespaces that a subscription was unregistered from, in lower case; all others are registered. */
export async function listUnregistered(reader: Reader, subscription: SubscriptionId): Promise<ReadonlySet<string>> {
  const rows = await reader.kysely
    .selectFrom('provider_registration')
    .select('namespace_canonical')
    .where('tenant_id', '=', reader.tenant)
    .where('subscription_id', '=', subscription)
    .where('state', '=', 'Unregistered')
    .execute()
  return new Set(rows.map((row) => row.namespace_canonical))
}

/** Keeps a registration. */
export async function saveRegistration(
  writer: Writer,
  { subscription, namespace }: Registration,
  state: RegistrationState,
): Promise<void> {
  await writer.kysely
    .insertInto('provider_registration')
    .values({
      tenant_id: writer.tenant,
      subscription_id: subscription,
      namespace_canonical: canonicalName(namespace),
      state,
    })
    .onConflict((conflict) =>
      conflict.columns(['tenant_id', 'subscription_id', 'namespace_canonical']).doUpdateSet({ state }),
    )
    .execute()
}

/** Refuses a write to a namespace that the subscription gave up. Throws `conflict` `MissingSubscriptionRegistration`. */
export async function requireRegistration(reader: Reader, { subscription, namespace }: Registration): Promise<void> {
  const unregistered = await listUnregistered(reader, subscription)
  if (!unregistered.has(canonicalName(namespace))) return
  throw new ServiceError(
    'conflict',
    'MissingSubscriptionRegistration',
    `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`,
  )
}
