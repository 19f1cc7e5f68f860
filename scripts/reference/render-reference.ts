import { renderCliPage } from './cli-page.ts'
import { renderErrorsPage } from './errors-page.ts'
import { withSurfaces } from './open-surfaces.ts'
import { renderOperationsPage } from './operations-page.ts'
import { renderPermissionsPage } from './permissions-page.ts'

/** The text of each generated page, by its file name in `docs/reference`. */
export function renderReference(): Promise<ReadonlyMap<string, string>> {
  return withSurfaces(
    async (surfaces) =>
      new Map([
        ['operations.md', await renderOperationsPage(surfaces)],
        ['permissions.md', await renderPermissionsPage(surfaces)],
        ['errors.md', renderErrorsPage(surfaces)],
        ['cli.md', renderCliPage()],
      ]),
  )
}
