import { playTranscript } from '../support/play-transcript.ts'
import { keyvaultSteps } from '../transcripts/keyvault.ts'

playTranscript('az: the life of vaults, their network rules and access policies', keyvaultSteps)
