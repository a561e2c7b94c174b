import { nearest } from "@berth/base";
import { CONTRIBUTION_KINDS, RUNTIME_TIERS, type RuntimeType, TIERS } from "@berth/contract";
import { type Document, isTable, stringsAt, tableAt, valueAt } from "./document.ts";
import { type DocumentPath, type Finding, quote } from "./finding.ts";
import { CONFIG_REFERENCE, configReferenceFault, hostPatternFault, subjectFault } from "./patterns.ts";
import { repeaterVersionIsOne } from "./version-ranges.ts";

type Report = (finding: Finding) => void;

/**
 * What the schema cannot say. Each rule looks at the raw document and skips values of a wrong type, which the schema reports,
 * so that the author hears of everything at once.
 */
export const RULES: readonly ((document: Document, report: Report) => void)[] = [
  somethingIsProvided,
  contributionsAreNamedOnce,
  runtimeTypeFitsIsolation,
  entryIsGivenOnce,
  entryPointIsDefault,
  configurationIsDescribedOnce,
  dependenciesDoNotContradict,
  repeaterVersionIsOne,
  hostsAreWellFormed,
  foldersAreWellFormed,
  subjectsAreWellFormed,
];

function somethingIsProvided(document: Document, report: Report): void {
  const provides = valueAt(document, ["provides"]);
  const isEmpty = provides === undefined || (isTable(provides) && Object.keys(provides).length === 0);
  if (!isEmpty || valueAt(document, ["plugin", "type"]) !== undefined) return;
  const message = 'must name what the plugin provides, such as source = ["weather"]';
  report({ path: ["provides"], message, atKey: true });
}

function contributionsAreNamedOnce(document: Document, report: Report): void {
  for (const kind of Object.keys(CONTRIBUTION_KINDS)) reportRepeated(stringsAt(document, "provides", kind), report);
}

function reportRepeated(words: readonly { path: DocumentPath; value: string }[], report: Report): void {
  if (words.length < 2) return;
  const seen = new Set<string>();
  for (const { path, value } of words) {
    if (seen.has(value)) report({ path, message: `names ${quote(value)} a second time` });
    seen.add(value);
  }
}

function runtimeTypeFitsIsolation(document: Document, report: Report): void {
  const { type = "node", isolation } = tableAt(document, "runtime");
  if (typeof type !== "string" || !Object.hasOwn(RUNTIME_TIERS, type)) return;
  const tiers = RUNTIME_TIERS[type as RuntimeType];
  const tier = TIERS.find((known) => known === isolation);
  if (tier === undefined || tiers.includes(tier)) return;
  const message = `cannot be "${tier}" for code of type "${type}", which runs in ${tiers.map(quote).join(", ")}`;
  report({ path: ["runtime", "isolation"], message });
}

function entryIsGivenOnce(document: Document, report: Report): void {
  const { type, entry, binary } = tableAt(document, "runtime");
  if (entry !== undefined && binary !== undefined) {
    report({ path: ["runtime", "binary"], message: "says the same as entry; leave one of them out", atKey: true });
  }
  if (entry === undefined && binary === undefined && (type === "external" || type === "wasm")) {
    const what = type === "wasm" ? "the WebAssembly module" : "the executable";
    report({ path: ["runtime", "entry"], message: `is missing; it names ${what}, inside the plugin's folder` });
  }
}

function entryPointIsDefault(document: Document, report: Report): void {
  const { type = "node", entry_point: entryPoint } = tableAt(document, "runtime");
  if (type !== "node" || typeof entryPoint !== "string" || entryPoint === "default") return;
  const message = `must be "default" or left out, is ${quote(entryPoint)}; a Node.js plugin is its module's default export`;
  report({ path: ["runtime", "entry_point"], message });
}

function configurationIsDescribedOnce(document: Document, report: Report): void {
  const { schema, required, optional } = tableAt(document, "config");
  if (schema !== undefined && (required !== undefined || optional !== undefined)) {
    const path = ["config", required === undefined ? "optional" : "required"];
    report({ path, message: "describes the configuration a second time; say it in schema alone", atKey: true });
  }
  reportRepeated([...stringsAt(document, "config", "required"), ...stringsAt(document, "config", "optional")], report);
  if (isTable(schema) && schema["type"] !== undefined && schema["type"] !== "object") {
    report({ path: ["config", "schema", "type"], message: 'must be "object": a configuration is a table' });
  }
}

function dependenciesDoNotContradict(document: Document, report: Report): void {
  const own = valueAt(document, ["plugin", "name"]);
  const requires = tableAt(document, "dependencies", "requires");
  for (const relation of ["requires", "optional", "conflicts"]) {
    for (const name of Object.keys(tableAt(document, "dependencies", relation))) {
      const path = ["dependencies", relation, name];
      if (name === own) report({ path, message: "is the plugin itself", atKey: true });
      else if (relation === "conflicts" && Object.hasOwn(requires, name)) {
        report({ path, message: "is required too, so the plugin could never run", atKey: true });
      }
    }
  }
}

function hostsAreWellFormed(document: Document, report: Report): void {
  for (const { path, value } of stringsAt(document, "permissions", "network")) {
    const message = hostPatternFault(value) ?? unknownFieldFault(document, value);
    if (message !== undefined) report({ path, message });
  }
}

function foldersAreWellFormed(document: Document, report: Report): void {
  for (const access of ["read", "write"]) {
    for (const { path, value } of stringsAt(document, "permissions", "filesystem", access)) {
      if (!value.startsWith(CONFIG_REFERENCE)) continue;
      const message = configReferenceFault(value) ?? unknownFieldFault(document, value);
      if (message !== undefined) report({ path, message });
    }
  }
}

/** Only a configuration that the manifest describes can be checked; most are described by the plugin's code. */
function unknownFieldFault(document: Document, reference: string): string | undefined {
  const fields = describedFields(document);
  if (!reference.startsWith(CONFIG_REFERENCE) || fields.length === 0) return undefined;
  const field = reference.slice(CONFIG_REFERENCE.length).split(".", 1)[0]!;
  if (fields.includes(field)) return undefined;
  const close = nearest(field, fields);
  const hint = close === undefined ? "" : `; did you mean ${quote(CONFIG_REFERENCE + close)}?`;
  return `names the configuration field ${quote(field)}, which [config] does not describe${hint}`;
}

function describedFields(document: Document): string[] {
  return [
    ...Object.keys(tableAt(document, "config", "schema", "properties")),
    ...stringsAt(document, "config", "required").map(({ value }) => value),
    ...stringsAt(document, "config", "optional").map(({ value }) => value),
  ];
}

function subjectsAreWellFormed(document: Document, report: Report): void {
  for (const direction of ["publish", "subscribe"]) {
    for (const { path, value } of stringsAt(document, "permissions", "events", direction)) {
      const message = subjectFault(value);
      if (message !== undefined) report({ path, message });
    }
  }
}
