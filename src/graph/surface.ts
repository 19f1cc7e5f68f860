/**
 * graph: the part of Microsoft Graph that az and the management clients call: users, groups, service principals and their
 * memberships. Shows the directory to every principal of the tenant; changes groups for those alone who may give roles away.
 */
import type { Operation, Surface } from '#operation/operation.ts'
import { addGroupMember } from './add-group-member.ts'
import { createGroup } from './create-group.ts'
import { deleteGroup } from './delete-group.ts'
import type { GraphDependencies } from './dependencies.ts'
import { createGraphDialect } from './dialect.ts'
import { getDirectoryObjectsByIds } from './get-by-ids.ts'
import { getSignedInUser } from './get-me.ts'
import { getDirectoryObject, getGroup, getServicePrincipal, getUser } from './get-object.ts'
import { listGroupMembers, listTransitiveMembers } from './list-group-members.ts'
import { listGroups, listServicePrincipals, listUsers } from './list-objects.ts'
import { checkMemberGroups, getGroupMemberGroups, getMemberGroups, getUserMemberGroups } from './member-groups.ts'
import { removeGroupMember } from './remove-group-member.ts'

/** A thousand ids with their quotation marks, and room. */
const maximumBodyBytes = 128 * 1024

/** Microsoft Graph v1.0, as a surface. Source: contracts/identity.md §6. */
export function createGraph(dependencies: GraphDependencies): { readonly surface: Surface } {
  return {
    surface: {
      name: 'graph',
      operations: listOperations(dependencies),
      maximumBodyBytes,
      apiVersions: 'none',
      authenticate: dependencies.authenticate,
      dialect: createGraphDialect(dependencies.clock),
    },
  }
}

function listOperations(its: GraphDependencies): readonly Operation[] {
  return [
    getSignedInUser,
    listUsers,
    getUser,
    getUserMemberGroups,
    listServicePrincipals,
    getServicePrincipal,
    listGroups,
    createGroup(its),
    getGroup,
    deleteGroup(its),
    getGroupMemberGroups,
    listGroupMembers,
    listTransitiveMembers,
    addGroupMember(its),
    removeGroupMember(its),
    getDirectoryObjectsByIds,
    getDirectoryObject,
    getMemberGroups,
    checkMemberGroups,
  ]
}
