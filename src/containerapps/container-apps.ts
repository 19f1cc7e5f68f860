/**
 * containerapps: container apps, their revisions and secrets, managed environments and the workspaces these are pointed at, as
 * desired state, and what a command run as an app is given. Never writes a secret's value unsealed, and never acts with an
 * authority that is not the app's own.
 */
import { type AppSecretStore, createAppSecretStore } from './app-secret-store.ts'
import { type AppStore, createAppStore } from './app-store.ts'
import { createEnvironmentStore, type EnvironmentStore } from './environment-store.ts'
import { createRevisionStore, type RevisionStore } from './revision-store.ts'
import { createWorkspaceStore, type WorkspaceStore } from './workspace-store.ts'

export interface ContainerApps {
  readonly apps: AppStore
  readonly revisions: RevisionStore
  readonly appSecrets: AppSecretStore
  readonly environments: EnvironmentStore
  readonly workspaces: WorkspaceStore
}

/** The stores of container apps and of what belongs to them. */
export function createContainerApps(): ContainerApps {
  return {
    apps: createAppStore(),
    revisions: createRevisionStore(),
    appSecrets: createAppSecretStore(),
    environments: createEnvironmentStore(),
    workspaces: createWorkspaceStore(),
  }
}
