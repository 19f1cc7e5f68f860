/**
 * cli: commands. They talk to the server over HTTP like any client; only `serve`, `doctor` and the offline audit commands
 * touch a data directory. Never prints a value unless the command is one that shows it.
 *
 * JavaScript, and so little of it: a first file in TypeScript would load the type stripper, which takes 35 ms and 15 MiB, before
 * there is a cache of what it once stripped.
 */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Beside the dependencies, so that nothing is written to the user's home or temporary folder.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/strongroom', import.meta.url)))

const { runProgram } = await import('./program.ts')
process.exitCode = await runProgram(process.argv.slice(2))
