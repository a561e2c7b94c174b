import { nearest } from "@berth/base";
import { RUNTIME_TIERS, type RuntimeType, TIERS, tiersFor } from "@berth/contract";
import type { Finding } from "../config/describe-issue.ts";
import { type Document, isTable, tableOf } from "./document.ts";
import { systemCallNames, systemCallNeed } from "../permissions/system-calls.ts";
import { CONFIG_REFERENCE, configReferenceFault, networkEntryFault, subjectFault } from "./patterns.ts";
import { quote } from "./quote.ts";

type Report = (finding: Finding) => void;

/**
 * What the schema cannot say. Each rule looks at the raw document and skips values of a wrong type, which the schema reports,
 * so that the author hears of everything at once. Nothing is made for a manifest that is sound: a start may read thousands.
 */
export const RULES: readonly ((document: Document, report: Report) => void)[] = [
  somethingIsProvided,
  contributionsAreNamedOnce,
  runtimeTypeFitsIsolation,
  entryIsGivenOnce,
  entryPointIsDefault,
  configurationIsDescribedOnce,
  sectionsAreProvided,
  policiesAreOfContributions,
  dependenciesDoNotContradict,
  repeaterVersionIsOne,
  hostsAreWellFormed,
  foldersAreWellFormed,
  subjectsAreWellFormed,
  systemCallsAreKnown,
];

function somethingIsProvided({ plugin, provides }: Document, report: Report): void {
  const isEmpty = provides === undefined || (isTable(provides) && Object.keys(provides).length === 0);
  if (!isEmpty || tableOf(plugin)["type"] !== undefined) return;
  const message = 'must name what the plugin provides, such as source = ["weather"]';
  report({ path: ["provides"], message, part: "key" });
}

function contributionsAreNamedOnce(document: Document, report: Report): void {
  const provides = tableOf(document["provides"]);
  for (const kind of Object.keys(provides)) {
    eachRepeated(provides[kind], (word, index) => report({ path: ["provides", kind, index], message: named(word) }));
  }
}

function named(word: string): string {
  return `names ${quote(word)} a second time`;
}

function runtimeTypeFitsIsolation(document: Document, report: Report): void {
  const { type = "node", isolation, wasm } = tableOf(document["runtime"]);
  if (typeof type !== "string" || !Object.hasOwn(RUNTIME_TIERS, type)) return;
  const tiers = tiersFor({ type: type as RuntimeType, wasm });
  const tier = TIERS.find((known) => known === isolation);
  if (tier === undefined || tiers.includes(tier)) return;
  const message = `cannot be "${tier}" for code of type "${type}", which runs in ${tiers.map(quote).join(", ")}`;
  report({ path: ["runtime", "isolation"], message });
}

function entryIsGivenOnce(document: Document, report: Report): void {
  const { type, entry, binary } = tableOf(document["runtime"]);
  if (entry !== undefined && binary !== undefined) {
    report({ path: ["runtime", "binary"], message: "says the same as entry; leave one of them out", part: "key" });
  }
  if (entry === undefined && binary === undefined && (type === "external" || type === "wasm")) {
    const what = type === "wasm" ? "the WebAssembly module" : "the executable";
    report({ path: ["runtime", "entry"], message: `is missing; it names ${what}, inside the plugin's folder` });
  }
}

function entryPointIsDefault(document: Document, report: Report): void {
  const { type = "node", entry_point: entryPoint } = tableOf(document["runtime"]);
  if (type !== "node" || typeof entryPoint !== "string" || entryPoint === "default") return;
  const message = `must be "default" or left out, found ${quote(entryPoint)}; a Node.js plugin is its module's default export`;
  report({ path: ["runtime", "entry_point"], message });
}

function configurationIsDescribedOnce(document: Document, report: Report): void {
  const { schema, required, optional } = tableOf(document["config"]);
  if (schema !== undefined && (required !== undefined || optional !== undefined)) {
    const path = ["config", required === undefined ? "optional" : "required"];
    report({ path, message: "describes the configuration a second time; say it in schema alone", part: "key" });
  }
  eachRepeated(required, (word, index) => report({ path: ["config", "required", index], message: named(word) }));
  eachRepeated(optional, (word, index) => report({ path: ["config", "optional", index], message: named(word) }));
  eachString(optional, (word, index) => {
    if (!Array.isArray(required) || !required.includes(word)) return;
    report({ path: ["config", "optional", index], message: `names ${quote(word)}, which is required` });
  });
  const { type = "object" } = tableOf(schema);
  if (type === "object") return;
  report({ path: ["config", "schema", "type"], message: 'must be "object": a configuration is a table' });
}

/** A section stands in berth.yaml under the name of a contribution, which says in code what the schema cannot. */
function sectionsAreProvided(document: Document, report: Report): void {
  const names = tableOf(document["provides"])["config"];
  const provided = Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
  for (const [name, schema] of Object.entries(tableOf(tableOf(document["config"])["sections"]))) {
    const path = ["config", "sections", name];
    if (!provided.includes(name)) {
      const close = nearest(name, provided);
      const hint = close === undefined ? "" : `; did you mean ${quote(close)}?`;
      report({ path, part: "key", message: `is no name in provides.config${hint}` });
    }
    const { type = "object" } = tableOf(schema);
    if (type !== "object") report({ path: [...path, "type"], message: 'must be "object": a section is a table' });
  }
}

function policiesAreOfContributions(document: Document, report: Report): void {
  const provides = tableOf(document["provides"]);
  const isProvided = ([kind, name]: readonly string[]): boolean => {
    const names = provides[kind!];
    return Array.isArray(names) && names.includes(name);
  };
  for (const id of Object.keys(tableOf(document["policies"]))) {
    const at = id.indexOf("/");
    if (at < 1 || isProvided([id.slice(0, at), id.slice(at + 1)])) continue;
    report({ path: ["policies", id], message: `is for ${quote(id)}, which is not in provides`, part: "key" });
  }
}

function dependenciesDoNotContradict(document: Document, report: Report): void {
  const own = tableOf(document["plugin"])["name"];
  const dependencies = tableOf(document["dependencies"]);
  const requires = tableOf(dependencies["requires"]);
  for (const relation of ["requires", "optional", "conflicts"]) {
    for (const name of Object.keys(tableOf(dependencies[relation]))) {
      const path = ["dependencies", relation, name];
      if (name === own) report({ path, message: "is the plugin itself", part: "key" });
      else if (relation === "conflicts" && Object.hasOwn(requires, name)) {
        report({ path, message: "is required too, so the plugin could never run", part: "key" });
      }
    }
  }
}

function repeaterVersionIsOne(document: Document, report: Report): void {
  const version = tableOf(document["dependencies"])["min_repeater_version"];
  if (typeof version !== "string" || version.length > 64 || /^v?\d{1,9}(?:\.\d{1,9}){0,2}$/.test(version)) return;
  const message = `must be a version, such as 0.3.0, found ${quote(version)}`;
  report({ path: ["dependencies", "min_repeater_version"], message });
}

function hostsAreWellFormed(document: Document, report: Report): void {
  eachString(tableOf(document["permissions"])["network"], (host, index) => {
    const message = networkEntryFault(host) ?? unknownFieldFault(document, host);
    if (message !== undefined) report({ path: ["permissions", "network", index], message });
  });
}

function foldersAreWellFormed(document: Document, report: Report): void {
  const filesystem = tableOf(tableOf(document["permissions"])["filesystem"]);
  for (const access of ["read", "write"]) {
    eachString(filesystem[access], (folder, index) => {
      if (!folder.startsWith(CONFIG_REFERENCE)) return;
      const message = configReferenceFault(folder) ?? unknownFieldFault(document, folder);
      if (message !== undefined) report({ path: ["permissions", "filesystem", access, index], message });
    });
  }
}

/** A field may be one of the settings, which the manifest describes, or of an instance, which the code does: only a slip is told. */
function unknownFieldFault(document: Document, reference: string): string | undefined {
  if (!reference.startsWith(CONFIG_REFERENCE)) return undefined;
  const fields = describedFields(tableOf(document["config"]));
  const field = reference.slice(CONFIG_REFERENCE.length).split(".", 1)[0]!;
  const close = fields.includes(field) ? undefined : nearest(field, fields);
  if (close === undefined) return undefined;
  return `names the configuration field ${quote(field)}, which [config] does not describe; did you mean ${quote(CONFIG_REFERENCE + close)}?`;
}

function describedFields({ schema, required, optional }: Document): string[] {
  const fields = Object.keys(tableOf(tableOf(schema)["properties"]));
  eachString(required, (field) => fields.push(field));
  eachString(optional, (field) => fields.push(field));
  return fields;
}

function subjectsAreWellFormed(document: Document, report: Report): void {
  const events = tableOf(tableOf(document["permissions"])["events"]);
  for (const direction of ["publish", "subscribe"]) {
    eachString(events[direction], (subject, index) => {
      const message = subjectFault(subject);
      if (message !== undefined) report({ path: ["permissions", "events", direction, index], message });
    });
  }
}

/** A name that means nothing would look like a limit and be none. */
function systemCallsAreKnown(document: Document, report: Report): void {
  eachString(tableOf(document["permissions"])["system_calls"], (call, index) => {
    if (systemCallNeed(call) !== undefined) return;
    const close = nearest(call, systemCallNames());
    const hint = close === undefined ? "such as time or openat" : `did you mean ${quote(close)}?`;
    const message = `must be a system call of Linux, found ${quote(call)}; ${hint}`;
    report({ path: ["permissions", "system_calls", index], message });
  });
}

/** The strings of a list; what is no list and no string is for the schema to report. */
function eachString(list: unknown, visit: (value: string, index: number) => void): void {
  if (!Array.isArray(list)) return;
  for (let index = 0; index < list.length; index++) {
    const value: unknown = list[index];
    if (typeof value === "string") visit(value, index);
  }
}

function eachRepeated(list: unknown, visit: (value: string, index: number) => void): void {
  if (!Array.isArray(list) || list.length < 2) return;
  const seen = new Set<string>();
  eachString(list, (value, index) => {
    if (seen.has(value)) visit(value, index);
    seen.add(value);
  });
}
