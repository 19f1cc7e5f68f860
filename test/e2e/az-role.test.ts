import { playTranscript } from '../support/play-transcript.ts'
import { roleSteps } from '../transcripts/role.ts'

playTranscript('az: roles, their assignments, and user-assigned identities', roleSteps)
