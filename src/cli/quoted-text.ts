/** A text as it stands in a `$filter`: between apostrophes, its own ones doubled. Source: OData 4.01 URL Conventions, 5.1.1.14.1. */
export function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
