import { playTranscript } from '../support/play-transcript.ts'
import { containerappSteps } from '../transcripts/containerapp.ts'

playTranscript('az: environments and container apps', containerappSteps)
