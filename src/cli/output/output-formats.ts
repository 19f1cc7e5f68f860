/** What `--output` takes, as az has it. */
export const outputFormats = ['json', 'jsonc', 'yaml', 'yamlc', 'table', 'tsv', 'none'] as const
export type OutputFormat = (typeof outputFormats)[number]
