import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Guid } from '#base/ids.ts'

/** A session's private folder: the command's `AZURE_CONFIG_DIR`, `AZD_CONFIG_DIR` and CA file. */
export interface SessionFolder {
  readonly azureConfigDirectory: string
  readonly azdConfigDirectory: string
  readonly caFile: string
}

/** Makes and removes the private folders of sessions; every one of them lies in one directory of this server. */
export class SessionFolders {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Removes what a killed server left behind. No session is alive when a server starts. */
  async clear(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    for (const name of await readdir(this.#directory)) await this.#remove(name)
  }

  async create(
    session: Guid,
    contents: { readonly rootsPem: string; readonly azureProfile: string | undefined },
  ): Promise<SessionFolder> {
    const folder = join(this.#directory, session)
    const azureConfigDirectory = join(folder, 'azure')
    const azdConfigDirectory = join(folder, 'azd')
    const caFile = join(folder, 'ca.pem')
    await mkdir(folder, { mode: 0o700 })
    await mkdir(azureConfigDirectory, { mode: 0o700 })
    await mkdir(azdConfigDirectory, { mode: 0o700 })
    await writeFile(caFile, contents.rootsPem, { mode: 0o600 })
    if (contents.azureProfile !== undefined) {
      await writeFile(join(azureConfigDirectory, 'azureProfile.json'), contents.azureProfile, { mode: 0o600 })
    }
    return { azureConfigDirectory, azdConfigDirectory, caFile }
  }

  async remove(session: Guid): Promise<void> {
    await this.#remove(session)
  }

  async #remove(name: string): Promise<void> {
    // A command that is just ending may still write into its folder while it is being removed.
    await rm(join(this.#directory, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}
