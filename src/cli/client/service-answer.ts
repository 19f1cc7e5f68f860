import { z } from 'zod'
import { CommandError } from '../command-error.ts'

const innerShape = z.looseObject({ code: z.string().optional() })
const errorShape = z.union([
  z.object({
    error: z.object({ code: z.string(), message: z.string(), innererror: innerShape.optional() }),
  }),
  z.object({ error: z.string(), error_description: z.string() }).transform((body) => ({
    error: { code: body.error, message: body.error_description, innererror: undefined },
  })),
  z.object({ message: z.string() }).transform(({ message }) => ({
    error: { code: 'Error', message, innererror: undefined },
  })),
])

/** What JSON a body holds; undefined for one that is none. */
export function parseAnswer(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What an answer holds, in the shape that the caller needs. Throws `CommandError` for one in another shape; shows nothing of it. */
export function answerIn<Shape extends z.ZodType>(shape: Shape, body: unknown): z.output<Shape> {
  const read = shape.safeParse(body)
  if (read.success) return read.data
  throw new CommandError('The server answered in a shape that this program does not know.', 1)
}

/**
 * What a token says, in the shape that the caller needs. The server has just given it, so that its signature is not looked at.
 * Throws `CommandError` as `answerIn` does.
 */
export function claimsIn<Shape extends z.ZodType>(shape: Shape, token: string): z.output<Shape> {
  const [, payload = ''] = token.split('.')
  return answerIn(shape, parseAnswer(Buffer.from(payload, 'base64url').toString('utf8')))
}

/** A refusal of the server, with the code that its answer names. */
export class ServiceFailure extends CommandError {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, text: string) {
    super(text, status === 404 ? 3 : 1)
    this.status = status
    this.code = code
  }
}

/** The failure as az reports it: `(Code) message`, then code, message and inner error again; exit 3 for what does not exist. */
export function failureOf(status: number, body: unknown): ServiceFailure {
  const parsed = errorShape.safeParse(body)
  if (!parsed.success) return new ServiceFailure(status, '', `The server answered ${status}.`)
  const { code, message, innererror } = parsed.data.error
  const lines = [`(${code}) ${message}`, `Code: ${code}`, `Message: ${message}`]
  if (innererror !== undefined) lines.push(`Inner error: ${JSON.stringify(innererror, null, 4)}`)
  return new ServiceFailure(status, code, lines.join('\n'))
}
