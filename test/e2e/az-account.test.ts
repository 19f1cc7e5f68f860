import { playTranscript } from '../support/play-transcript.ts'
import { accountSteps } from '../transcripts/account.ts'

playTranscript('az: what az does with accounts, groups, locks and the directory', accountSteps)
