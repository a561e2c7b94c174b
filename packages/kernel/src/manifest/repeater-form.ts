import type { Manifest } from "@berth/contract";

/**
 * Translates what a checked manifest says in the form of the repeater's plugins into the normal one, in place, and returns
 * sentences on what was translated or has no counterpart.
 */
export function translateRepeaterForm(manifest: Manifest): string[] {
  const notes: string[] = [];
  typeToProvides(manifest, notes);
  binaryToEntry(manifest, notes);
  dropEntryPoint(manifest, notes);
  fieldsToSchema(manifest, notes);
  dropRepeaterVersion(manifest, notes);
  return notes;
}

function typeToProvides({ plugin, provides }: Manifest, notes: string[]): void {
  const { type, name } = plugin;
  if (type === undefined) return;
  delete plugin.type;
  const named = provides[type] ?? [];
  provides[type] = named.includes(name) ? named : [...named, name];
  notes.push(`plugin.type = "${type}" is read as ${type} = ["${name}"] in [provides]`);
}

function binaryToEntry({ runtime }: Manifest, notes: string[]): void {
  if (runtime.binary === undefined) return;
  runtime.entry = runtime.binary;
  delete runtime.binary;
  notes.push("runtime.binary is read as runtime.entry");
}

/** A WebAssembly module exports functions by name, so there the name keeps its meaning. */
function dropEntryPoint({ runtime }: Manifest, notes: string[]): void {
  if (runtime.entry_point === undefined || runtime.type === "wasm") return;
  delete runtime.entry_point;
  if (runtime.type === "external") notes.push("runtime.entry_point is not used: an executable has one entry");
}

function fieldsToSchema({ config }: Manifest, notes: string[]): void {
  const { required, optional } = config;
  if (required === undefined && optional === undefined) return;
  delete config.required;
  delete config.optional;
  config.schema = {
    type: "object",
    properties: Object.fromEntries([...(required ?? []), ...(optional ?? [])].map((field) => [field, {}])),
    required: required ?? [],
    additionalProperties: false,
  };
  notes.push("config.required and config.optional are read as a JSON Schema in config.schema, values of any type");
}

function dropRepeaterVersion({ dependencies }: Manifest, notes: string[]): void {
  const version = dependencies.min_repeater_version;
  if (version === undefined) return;
  delete dependencies.min_repeater_version;
  notes.push(
    `dependencies.min_repeater_version = "${version}" is not checked: Berth's versions are a line of their own; write dependencies.host`,
  );
}
