import type { AuditRule, OperationRequest } from '#operation/operation.ts'

type Properties = Readonly<Record<string, string | number | boolean>>

/**
 * The audit rule of a Graph operation. The record shows the path rebuilt by `path`, and what `properties` allows; never a
 * filter, which may hold names of people.
 */
export function auditGraph<Input, Output>(
  operationName: string,
  rule: {
    readonly path: (input: Input) => string
    readonly properties?: (input: Input, output: Output | undefined) => Properties
  },
): AuditRule<never, never> {
  const typed: AuditRule<Input, Output> = {
    operationName,
    view: (input: Input, request: OperationRequest, output: Output | undefined) => ({
      requestUri: `${request.origin}${rule.path(input)}`,
      ...(rule.properties === undefined ? {} : { properties: rule.properties(input, output) }),
    }),
  }
  return typed
}
