import { changeRevision } from '../revision-command.ts'

export const containerappRevisionRestart = changeRevision('restart', 'Start a revision anew.')
