import { playTranscript } from '../support/play-transcript.ts'
import { loginSteps } from '../transcripts/login.ts'

playTranscript('az: signing in with a secret and with managed identities', loginSteps)
