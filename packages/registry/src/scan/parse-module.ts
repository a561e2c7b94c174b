import { type ParserOptions, parseSync } from "oxc-parser";

/** What the parser says of one module. Its tree is made by the first who asks for it, which takes longer than the parsing. */
export type ParsedModule = ReturnType<typeof parseSync>;

const SCRIPT = /\.c[jt]s$/;

/** @param file relative path; its ending says which language it is. A script may be one for `require`, where other things are allowed at the top. */
export function parseModule(file: string, source: string, options: ParserOptions = {}): ParsedModule {
  if (SCRIPT.test(file)) return parseSync(file, source, { ...options, sourceType: "commonjs" });
  const parsed = parseSync(file, source, options);
  if (parsed.errors.length === 0 || parsed.module.hasModuleSyntax) return parsed;
  const script = parseSync(file, source, { ...options, sourceType: "commonjs" });
  return script.errors.length === 0 ? script : parsed;
}
