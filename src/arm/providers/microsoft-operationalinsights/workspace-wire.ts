import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import type { OperationRequest } from '#operation/operation.ts'
import type { WorkspaceRecord } from '../../container-app-resources.ts'
import { displayLocation } from '../../locations.ts'
import { formatResourceId, parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { renderSystemData } from '../../wire.ts'

export const workspaceType = 'Microsoft.OperationalInsights/workspaces'
/** First api-version of Microsoft.OperationalInsights that clients are seen to use. */
export const workspacesSince = '2015-11-01-preview'
export const workspacePath = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${workspaceType}/{name}`

const namePattern = /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/

/** The workspace that a path names. Throws `malformed` `InvalidResourceName`. */
export function parseWorkspaceAddress(request: OperationRequest): TypedResourceAddress {
  const address = parseResource(request.path, workspaceType)
  if (namePattern.test(address.name)) return address
  throw new ServiceError(
    'malformed',
    'InvalidResourceName',
    "A workspace's name has 4 to 63 letters, digits or '-', and begins and ends with a letter or digit.",
    { target: 'name' },
  )
}

/** A workspace on the wire. Its keys are shown by `sharedKeys` alone. */
export function renderWorkspace(workspace: WorkspaceRecord): JsonObject {
  return {
    id: formatResourceId(workspace.address, workspaceType),
    name: workspace.address.name,
    type: workspaceType,
    location: displayLocation(workspace.location),
    tags: workspace.tags,
    systemData: renderSystemData(workspace.history),
    properties: {
      ...workspace.properties,
      customerId: workspace.customerId,
      provisioningState: 'Succeeded',
      createdDate: workspace.history.createdAt.toISOString(),
      modifiedDate: workspace.history.updatedAt.toISOString(),
    },
  }
}
