/**
 * containerapps: container apps and managed environments as desired state: their rows, identities and revision names.
 * Never holds a secret's value, and never acts with an authority that is not the app's own.
 */
import { type AppStore, createAppStore } from './app-store.ts'
import { createEnvironmentStore, type EnvironmentStore } from './environment-store.ts'

export interface ContainerApps {
  readonly apps: AppStore
  readonly environments: EnvironmentStore
}

/** The stores of container apps and managed environments. */
export function createContainerApps(): ContainerApps {
  return { apps: createAppStore(), environments: createEnvironmentStore() }
}
