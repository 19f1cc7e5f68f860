declare module 'jmespath' {
  /** What `expression` finds in `data`; throws for an unreadable expression. Source: jmespath.org. */
  export function search(data: unknown, expression: string): unknown
  /** Throws for an unreadable expression. */
  export function compile(expression: string): unknown
}
