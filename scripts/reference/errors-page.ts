import type { TokenRefusal } from '#authentication/caller.ts'
import { statusOf } from '#base/errors.ts'
import type { OperationResponse, Refusal, Surface } from '#operation/operation.ts'
import { code, generatedNote, table } from './markdown.ts'
import { sampleFacts, samplePlace } from './sample-request.ts'
import { readThrownErrors } from './thrown-errors.ts'

/** What each surface answers before an operation, asked of its dialect, and every code that the source throws. */
export function renderErrorsPage(surfaces: readonly Surface[]): string {
  return `${[
    '# Errors',
    generatedNote,
    introduction,
    '## Thrown by operations and at start',
    renderThrown(),
    '## Answered before an operation',
    ...surfaces.map(renderRefusals),
  ].join('\n\n')}\n`
}

const introduction = `The status comes from the kind. Codes are the wire's own, so one word can mean different things on two surfaces; the
source files say where. Codes of \`app\`, \`seal\`, \`storage\` and of most of \`audit\` reach no client: they are what a start is refused with.`

function renderThrown(): string {
  const byCode = new Map<string, { readonly cells: readonly string[]; readonly files: Set<string> }>()
  for (const { kind, code: word, inner, file } of readThrownErrors()) {
    const cells = [code(word), inner === '' ? '' : code(inner), kind, String(statusOf(kind))]
    const key = cells.join('\n')
    const known = byCode.get(key) ?? { cells, files: new Set() }
    known.files.add(file)
    byCode.set(key, known)
  }
  const rows = [...byCode].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row)
  return table(
    ['Code', 'Inner', 'Kind', 'Status', 'Thrown in'],
    rows.map(({ cells, files }) => [...cells, [...files].join(', ')]),
  )
}

const tokenReasons: Readonly<Record<TokenRefusal['reason'], true>> = {
  missing: true,
  malformed: true,
  algorithm: true,
  key: true,
  signature: true,
  issuer: true,
  tenant: true,
  audience: true,
  expired: true,
  'not-yet-valid': true,
  revoked: true,
  principal: true,
}

const otherRefusals: readonly Refusal[] = [
  { reason: 'malformed-path' },
  { reason: 'malformed-query' },
  { reason: 'unsupported-host' },
  { reason: 'unknown-route' },
  { reason: 'unknown-vault' },
  { reason: 'method-not-allowed', allowed: ['GET'] },
  { reason: 'body-too-large', maximumBytes: 1 },
  { reason: 'api-version', given: undefined },
  { reason: 'api-version', given: 'sample' },
  { reason: 'not-ready' },
]

function renderRefusals(surface: Surface): string {
  const tokens: readonly Refusal[] =
    surface.authenticate === undefined
      ? []
      : Object.keys(tokenReasons)
          .filter((reason): reason is TokenRefusal['reason'] => reason in tokenReasons)
          .map((reason) => ({ reason: 'unauthenticated', token: { outcome: 'refused', reason, signed: false } }))
  const rows = [...tokens, ...otherRefusals].map((refusal) => {
    const response = surface.dialect.refuse(refusal, {
      place: samplePlace(surface.name),
      host: 'sample.invalid',
      origin: 'https://sample.invalid',
      path: '/sample',
      facts: sampleFacts,
    })
    return [describeReason(refusal), String(response.status), code(codeOf(response))]
  })
  return `### ${surface.name}\n\n${table(['Reason', 'Status', 'Code'], rows)}`
}

function describeReason(refusal: Refusal): string {
  switch (refusal.reason) {
    case 'unauthenticated':
      return `token: ${refusal.token.reason}`
    case 'api-version':
      return refusal.given === undefined ? 'api-version missing' : 'api-version unknown'
    case 'malformed-path':
    case 'malformed-query':
    case 'unsupported-host':
    case 'unknown-route':
    case 'unknown-vault':
    case 'method-not-allowed':
    case 'body-too-large':
    case 'not-ready':
      return refusal.reason
  }
}

/** The code in any dialect's body: `error.code`, or OAuth's `error` with Entra's number. */
function codeOf(response: OperationResponse): string {
  const body: unknown = JSON.parse(String(response.body))
  if (!isObject(body)) return ''
  const { error, error_codes: numbers } = body
  if (isObject(error)) return String(error['code'])
  return Array.isArray(numbers) ? `${String(error)} (AADSTS${numbers.join(', ')})` : String(error)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
