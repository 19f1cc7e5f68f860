import { changeRevision } from '../revision-command.ts'

export const containerappRevisionActivate = changeRevision('activate', 'Make a revision active.')
