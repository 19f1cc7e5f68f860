import { ServiceError } from '#base/errors.ts'

/** Display names by canonical name. `local` is the machine that this server runs on; the others are Azure's regions. */
const displayNames: ReadonlyMap<string, string> = new Map(
  [
    'Local',
    'Australia Central',
    'Australia East',
    'Australia Southeast',
    'Austria East',
    'Belgium Central',
    'Brazil South',
    'Canada Central',
    'Canada East',
    'Central India',
    'Central US',
    'Chile Central',
    'East Asia',
    'East US',
    'East US 2',
    'France Central',
    'Germany West Central',
    'Indonesia Central',
    'Israel Central',
    'Italy North',
    'Japan East',
    'Japan West',
    'Korea Central',
    'Korea South',
    'Malaysia West',
    'Mexico Central',
    'New Zealand North',
    'North Central US',
    'North Europe',
    'Norway East',
    'Poland Central',
    'Qatar Central',
    'South Africa North',
    'South Central US',
    'South India',
    'Southeast Asia',
    'Spain Central',
    'Sweden Central',
    'Switzerland North',
    'UAE North',
    'UK South',
    'UK West',
    'West Central US',
    'West Europe',
    'West India',
    'West US',
    'West US 2',
    'West US 3',
  ].map((name) => [name.toLowerCase().replaceAll(' ', ''), name]),
)

/** A region: `westeurope` and `West Europe`. */
export interface Location {
  readonly name: string
  readonly displayName: string
}

/** Every region that is accepted. */
export function allLocations(): readonly Location[] {
  return Array.from(displayNames, ([name, displayName]) => ({ name, displayName }))
}

/** The display name of a canonical name: `West Europe`. */
export function displayLocation(name: string): string {
  return displayNames.get(name) ?? name
}

/**
 * The canonical name of the region in `text`, which may be either form in any letter case. Throws `malformed` with `code`.
 */
export function parseLocation(text: unknown, code = 'LocationNotAvailableForResourceType'): string {
  const name = typeof text === 'string' ? text.toLowerCase().replaceAll(' ', '') : ''
  if (name === '')
    throw new ServiceError('malformed', 'LocationRequired', 'The location property is required.', {
      target: 'location',
    })
  if (!displayNames.has(name)) {
    const available = [...displayNames.keys()].join(',')
    throw new ServiceError(
      'malformed',
      code,
      `The provided location is not available. List of available regions is '${available}'.`,
      {
        target: 'location',
      },
    )
  }
  return name
}
