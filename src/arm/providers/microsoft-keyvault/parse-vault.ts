import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { tryParseGuid, tryParseVaultName, type VaultName } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { invalidContent, parseObjectBody, parseShape } from '../../body.ts'
import { parseLocation } from '../../locations.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { Tags } from '../../tracked-resource.ts'
import type { VaultSettings } from '../../vault-resources.ts'
import { objectWithoutNulls, parseTags } from '../../wire.ts'
import { badRequest } from './bad-request.ts'
import { accessPoliciesShape, parseAccessPolicies } from './parse-access-policies.ts'
import { networkAclsShape, parseNetworkSettings } from './parse-network-settings.ts'
import { invalidVaultName } from './vault-name-texts.ts'

/** A vault as a PUT asks for it. What the body leaves out is undefined: a default at creation, unchanged afterwards. */
export interface DesiredVault {
  readonly address: TypedResourceAddress
  readonly name: VaultName
  readonly location: string
  readonly tags: Tags
  /** Private endpoint connections are written on their own. */
  readonly settings: {
    readonly [Setting in Exclude<keyof VaultSettings, 'privateEndpointConnections'>]: VaultSettings[Setting] | undefined
  }
  readonly retentionDays: number | undefined
  /** `recover` brings back the deleted vault of this name as it was; of the rest only tenant and location count. */
  readonly createMode: 'default' | 'recover'
}

const properties = z.object({
  tenantId: z.string(),
  sku: z.object({ family: z.string().optional(), name: z.string() }),
  accessPolicies: accessPoliciesShape.optional(),
  enabledForDeployment: z.boolean().optional(),
  enabledForDiskEncryption: z.boolean().optional(),
  enabledForTemplateDeployment: z.boolean().optional(),
  enableSoftDelete: z.boolean().optional(),
  softDeleteRetentionInDays: z.int().optional(),
  enableRbacAuthorization: z.boolean().optional(),
  enablePurgeProtection: z.boolean().optional(),
  publicNetworkAccess: z.string().optional(),
  createMode: z.string().optional(),
  networkAcls: networkAclsShape.optional(),
})
const body = z.object({ location: z.string(), tags: z.unknown().optional(), properties })
type Properties = z.infer<typeof properties>

/**
 * The vault that a PUT describes. Read-only members are ignored.
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
  const { accessPolicies } = properties
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
      ...parseNetworkSettings(properties.networkAcls, properties.publicNetworkAccess),
      rbacAuthorization: properties.enableRbacAuthorization,
      accessPolicies: accessPolicies && parseAccessPolicies(accessPolicies, where.place.tenant),
    },
    retentionDays: parseRetention(properties),
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
