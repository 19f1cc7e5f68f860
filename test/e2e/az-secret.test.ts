import { playTranscript } from '../support/play-transcript.ts'
import { secretSteps } from '../transcripts/secret.ts'

playTranscript('az: every verb of secrets', secretSteps)
