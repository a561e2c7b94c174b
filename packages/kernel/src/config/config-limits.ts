/**
 * The most a configuration file may hold. Far above what people write by hand, far below what would keep the host busy:
 * reading a file at every limit at once takes a few seconds at worst.
 */
export const CONFIG_LIMITS = {
  bytes: 1024 * 1024,
  /** Maps and lists inside one another. */
  depth: 64,
  /** `*name` in YAML. */
  aliases: 100,
  /** Keys, list items and values, counted again for every alias. */
  values: 100_000,
  /** Syntax errors reported of one file; one mistake can cause a cascade. */
  syntaxProblems: 20,
} as const;
