import { changeRevision } from '../revision-command.ts'

export const containerappRevisionDeactivate = changeRevision('deactivate', 'Make a revision inactive.')
