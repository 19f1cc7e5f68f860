import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { tryParseGuid, tryParseVaultName, type VaultName } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { invalidContent, notSupported, parseObjectBody, parseShape } from '../../body.ts'
import type { Tags, VaultSettings } from '../../dependencies.ts'
import { parseLocation } from '../../locations.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { objectWithoutNulls, parseTags } from '../../wire.ts'
import { invalidVaultName } from './vault-name-texts.ts'
import { vaultType } from './vault-wire.ts'

/** A vault as a PUT asks for it. What the body leaves out is undefined: a default at creation, unchanged afterwards. */
export interface DesiredVault {
  readonly address: TypedResourceAddress
  readonly name: VaultName
  readonly location: string
  readonly tags: Tags
  readonly settings: { readonly [Setting in keyof VaultSettings]: VaultSettings[Setting] | undefined }
  readonly retentionDays: number | undefined
  readonly rbacAuthorization: boolean | undefined
  /** `recover` brings back the deleted vault of this name as it was; of the rest only tenant and location count. */
  readonly createMode: 'default' | 'recover'
}

const properties = z.object({
  tenantId: z.string(),
  sku: z.object({ family: z.string().optional(), name: z.string() }),
  accessPolicies: z.array(z.unknown()).optional(),
  enabledForDeployment: z.boolean().optional(),
  enabledForDiskEncryption: z.boolean().optional(),
  enabledForTemplateDeployment: z.boolean().optional(),
  enableSoftDelete: z.boolean().optional(),
  softDeleteRetentionInDays: z.int().optional(),
  enableRbacAuthorization: z.boolean().optional(),
  enablePurgeProtection: z.boolean().optional(),
  publicNetworkAccess: z.string().optional(),
  createMode: z.string().optional(),
  networkAcls: z
    .object({
      bypass: z.string().optional(),
      defaultAction: z.string().optional(),
      ipRules: z.array(z.unknown()).optional(),
      virtualNetworkRules: z.array(z.unknown()).optional(),
    })
    .optional(),
})
const body = z.object({ location: z.string(), tags: z.unknown().optional(), properties })
type Properties = z.infer<typeof properties>

/**
 * The vault that a PUT describes. Read-only members are ignored. What this server would not enforce (access policies,
 * network rules) is refused with `malformed` `NotSupported`, never stored.
 * Source: contracts/resource-manager-and-container-apps.md §0 fact 7, §1.3, §3.
 */
export function parseVault(request: OperationRequest): DesiredVault {
  return parseVaultDocument(request, parseObjectBody(request))
}

/** The same for a document that was made of a stored vault and changes to it. */
export function parseVaultDocument(
  where: Pick<OperationRequest, 'path' | 'place'>,
  document: JsonObject,
): DesiredVault {
  const address = parseResource(where.path, vaultType)
  const name = tryParseVaultName(address.name)
  if (name === undefined) {
    throw new ServiceError('malformed', 'VaultNameNotValid', invalidVaultName(address.name), { target: 'name' })
  }
  const { location, tags, properties } = parseShape(body, objectWithoutNulls(document))
  if (tryParseGuid(properties.tenantId) !== where.place.tenant) {
    throw badRequest(
      'An invalid value was provided for tenantId: a vault belongs to the tenant of its subscription.',
      'properties.tenantId',
    )
  }
  refuseWhatIsNotEnforced(properties)
  return {
    address,
    name,
    location: parseLocation(location),
    tags: parseTags(tags),
    settings: {
      sku: parseSku(properties.sku),
      enabledForDeployment: properties.enabledForDeployment,
      enabledForDiskEncryption: properties.enabledForDiskEncryption,
      enabledForTemplateDeployment: properties.enabledForTemplateDeployment,
      purgeProtection: parsePurgeProtection(properties.enablePurgeProtection),
      networkBypass: parseBypass(properties.networkAcls?.bypass),
    },
    retentionDays: parseRetention(properties),
    rbacAuthorization: properties.enableRbacAuthorization,
    createMode: parseCreateMode(properties.createMode),
  }
}

function parseCreateMode(mode: string | undefined): DesiredVault['createMode'] {
  const known = (['default', 'recover'] as const).find((word) => word === (mode ?? 'default').toLowerCase())
  if (known !== undefined) return known
  throw invalidContent("'properties.createMode' must be 'default' or 'recover'.", 'properties.createMode')
}

function parseSku(sku: Properties['sku']): VaultSettings['sku'] {
  const name = sku.name.toLowerCase()
  if ((sku.family ?? 'A').toUpperCase() !== 'A' || (name !== 'standard' && name !== 'premium')) {
    throw new ServiceError(
      'malformed',
      'SkuNotSupported',
      "The sku of a vault has family 'A' and name 'standard' or 'premium'.",
      {
        target: 'properties.sku',
      },
    )
  }
  return name
}

function parsePurgeProtection(value: boolean | undefined): true | undefined {
  if (value === false) {
    throw badRequest(
      'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.',
      'properties.enablePurgeProtection',
    )
  }
  return value
}

function parseRetention({ enableSoftDelete, softDeleteRetentionInDays: days }: Properties): number | undefined {
  if (enableSoftDelete === false) {
    throw badRequest(
      'The property "enableSoftDelete" cannot be set to false: soft delete is always on.',
      'properties.enableSoftDelete',
    )
  }
  if (days !== undefined && (days < 7 || days > 90)) {
    throw badRequest(
      'The property "softDeleteRetentionInDays" must be between 7 and 90 days.',
      'properties.softDeleteRetentionInDays',
    )
  }
  return days
}

function parseBypass(bypass: string | undefined): VaultSettings['networkBypass'] | undefined {
  if (bypass === undefined) return undefined
  const known = (['AzureServices', 'None'] as const).find((value) => value.toLowerCase() === bypass.toLowerCase())
  if (known === undefined) {
    throw invalidContent(
      "'properties.networkAcls.bypass' must be 'AzureServices' or 'None'.",
      'properties.networkAcls.bypass',
    )
  }
  return known
}

function refuseWhatIsNotEnforced(properties: Properties): void {
  const { networkAcls } = properties
  if ((networkAcls?.defaultAction ?? 'Allow').toLowerCase() !== 'allow') {
    throw notSupported(
      "Network rules are not supported: 'defaultAction' must be 'Allow'.",
      'properties.networkAcls.defaultAction',
    )
  }
  if ((networkAcls?.ipRules ?? []).length > 0 || (networkAcls?.virtualNetworkRules ?? []).length > 0) {
    throw notSupported(
      "Network rules are not supported: 'ipRules' and 'virtualNetworkRules' must be empty.",
      'properties.networkAcls',
    )
  }
  if ((properties.publicNetworkAccess ?? 'Enabled').toLowerCase() !== 'enabled') {
    throw notSupported(
      "Private endpoints are not supported: 'publicNetworkAccess' must be 'Enabled'.",
      'properties.publicNetworkAccess',
    )
  }
  if ((properties.accessPolicies ?? []).length > 0) {
    throw notSupported(
      "Access policies are not supported: 'accessPolicies' must be empty. Assign roles instead.",
      'properties.accessPolicies',
    )
  }
  if (properties.enableRbacAuthorization === false) throw accessPoliciesNotSupported()
}

/** The refusal of a vault whose permission model would be access policies. */
export function accessPoliciesNotSupported(): ServiceError {
  return notSupported(
    "Vault access policies are not supported: set 'enableRbacAuthorization' to true. (It is false when left out with an api-version before 2026-02-01.)",
    'properties.enableRbacAuthorization',
  )
}

/** A `malformed` `BadRequest` error, the word of the vault provider for values it cannot take. */
export function badRequest(message: string, target: string): ServiceError {
  return new ServiceError('malformed', 'BadRequest', message, { target })
}
