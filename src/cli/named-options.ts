import type { CommandOption } from './command.ts'

/** Options that many commands have, in az's spelling. */
export const groupOption: CommandOption = {
  name: '--resource-group',
  aliases: ['-g'],
  required: true,
  summary: 'Name of the resource group.',
}

/** The same where the group can be found by other means. */
export const someGroupOption: CommandOption = { ...groupOption, required: false }

export const locationOption: CommandOption = { name: '--location', aliases: ['-l'], summary: 'Location.' }

export const tagsOption: CommandOption = {
  name: '--tags',
  takes: 'any-list',
  summary: "Tags: key=value ...; '' clears them.",
}

export const noWaitOption: CommandOption = {
  name: '--no-wait',
  takes: 'switch',
  summary: 'Do not wait for a long operation to end.',
}

/** `--name`, with what it names. */
export function nameOption(summary: string): CommandOption {
  return { name: '--name', aliases: ['-n'], required: true, summary }
}

/** Vaults, or managed HSMs, of which this server has none. */
export const resourceTypeOption: CommandOption = {
  name: '--resource-type',
  values: ['vault', 'hsm'],
  summary: 'Only vaults, or only managed HSMs, of which there are none here.',
}
