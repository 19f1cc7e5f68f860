import { existsSync } from 'node:fs'
import type { Command } from './command.ts'

/** No command has more words than this. */
const maximumWords = 4
const word = /^[a-z][a-z-]*$/

/**
 * The commands that a line may mean: the one its first words name, out of that command's own file, for a server should not
 * load a hundred others before it starts. Every command when they name none; help, completion and wrong use need all.
 */
export async function loadCommands(words: readonly string[]): Promise<readonly Command[]> {
  const border = words.findIndex((candidate) => !word.test(candidate))
  const leading = words.slice(0, Math.min(border < 0 ? words.length : border, maximumWords))
  for (let count = leading.length; count > 0; count--) {
    const command = await loadCommand(leading.slice(0, count))
    if (command !== undefined) return [command]
  }
  const { commands } = await import('./commands/index.ts')
  return commands
}

/** The command with exactly this path; its file is named by the same words. */
export async function loadCommand(words: readonly string[]): Promise<Command | undefined> {
  const file = new URL(`./commands/${words.join('-')}.ts`, import.meta.url)
  if (!existsSync(file)) return undefined
  const path = words.join(' ')
  const exported: Readonly<Record<string, unknown>> = await import(file.href)
  return Object.values(exported).find((value): value is Command => isCommand(value) && value.path === path)
}

function isCommand(value: unknown): value is Command {
  return typeof value === 'object' && value !== null && 'path' in value && 'run' in value
}
