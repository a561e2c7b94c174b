import { neutraliseLine } from "@berth/base";
import { type ParsedModule, parseModule } from "./parse-module.ts";
import { TextPlaces } from "./text-places.ts";

/** A place in a module, both from 1. */
export interface Place {
  line: number;
  column: number;
}

/** Another module that one names, beginning with `./` or `../`. */
export interface NamedModule extends Place {
  specifier: string;
  /** `static`: the module cannot be loaded without it. Others may be named and never loaded. */
  way: "static" | "dynamic" | "require";
  /** What is asked of it, `default` among them; types do not count. */
  names: readonly string[];
}

/** What is known of a module without running it. */
export interface ModuleFacts {
  errors: readonly (Place & { message: string })[];
  modules: readonly NamedModule[];
  /** The names it exports, types too. */
  exports: ReadonlySet<string>;
  /** What it exports all of; absent where that is a package, which nobody looked into. */
  allOf: readonly string[] | undefined;
  /** `neither` imports or exports anything, in either way. */
  kind: "module" | "script" | "neither";
}

const REQUIRED = /\brequire\s*\(\s*(["'])(\.\.?\/[^"'\n]{1,500})\1\s*\)/g;
const EXPORTS = /\bexports\b/;
const TEXT = /^(["'`])(\.\.?\/[^"'`$\\\n]{1,500})\1$/;

/** @param file relative path; its ending says which language it is. */
export function moduleFacts(file: string, source: string, parsed = parseModule(file, source)): ModuleFacts {
  const places = new TextPlaces(source);
  const { hasModuleSyntax, staticExports } = parsed.module;
  const errors = parsed.errors.map(({ message, labels }) => ({
    message: neutraliseLine(message, 300),
    ...places.at(labels[0]?.start ?? 0),
  }));
  const exported = staticExports.flatMap(({ entries }) => entries);
  const stars = exported.filter(({ importName }) => kindOf(importName) === "AllButDefault");
  const allOf = stars.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []);
  return {
    errors,
    modules: [
      ...importsOf(parsed, places),
      ...(hasModuleSyntax ? [] : requiresOf(source, places)),
      ...dynamicOf(parsed, source, places),
    ],
    exports: new Set(
      exported.map(({ exportName }) => (kindOf(exportName) === "Default" ? "default" : (exportName.name ?? ""))),
    ),
    allOf: allOf.every(isRelative) ? allOf : undefined,
    kind: hasModuleSyntax ? "module" : EXPORTS.test(source) ? "script" : "neither",
  };
}

function* importsOf({ module }: ParsedModule, places: TextPlaces): Generator<NamedModule> {
  for (const { moduleRequest, entries, start } of module.staticImports) {
    if (!isRelative(moduleRequest.value) || (entries.length > 0 && entries.every(({ isType }) => isType))) continue;
    const names = entries.filter(({ isType }) => !isType).flatMap(({ importName }) => nameOf(importName));
    yield { specifier: moduleRequest.value, way: "static", names, ...places.at(start) };
  }
  for (const { entries, start } of module.staticExports) {
    const from = entries.filter(({ isType, moduleRequest }) => !isType && isRelative(moduleRequest?.value ?? ""));
    const [first] = from;
    if (!first?.moduleRequest) continue;
    const names = from.flatMap(({ importName }) => nameOf(importName));
    yield { specifier: first.moduleRequest.value, way: "static", names, ...places.at(start) };
  }
}

/** The parser's enums exist as types only. */
function kindOf({ kind }: { kind: string }): string {
  return kind;
}

function nameOf({ kind, name }: { kind: string; name: string | null }): string[] {
  if (kind === "Default") return ["default"];
  return kind === "Name" && name !== null ? [name] : [];
}

function* dynamicOf({ module }: ParsedModule, source: string, places: TextPlaces): Generator<NamedModule> {
  for (const { moduleRequest, start } of module.dynamicImports) {
    const [, , specifier] = TEXT.exec(source.slice(moduleRequest.start, moduleRequest.end)) ?? [];
    if (specifier !== undefined) yield { specifier, way: "dynamic", names: [], ...places.at(start) };
  }
}

function* requiresOf(source: string, places: TextPlaces): Generator<NamedModule> {
  for (const { 2: specifier = "", index } of source.matchAll(REQUIRED)) {
    yield { specifier, way: "require", names: [], ...places.at(index) };
  }
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith("./") || specifier.startsWith("../");
}
