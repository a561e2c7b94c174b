import type { DocumentPath } from "./finding.ts";

/** A parsed manifest that nothing has been checked of; every table has a null prototype. */
export type Document = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The value at `path`, or `undefined` when there is none. */
export function valueAt(document: unknown, path: DocumentPath): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** The table at `path`; an empty one when there is none or something else stands there, which the schema reports. */
export function tableAt(document: Document, ...path: string[]): Document {
  const value = valueAt(document, path);
  return isTable(value) ? value : {};
}

/** The strings in the list at `path`, each with its own path; what is no string is for the schema to report. */
export function stringsAt(document: Document, ...path: string[]): { path: DocumentPath; value: string }[] {
  const list = valueAt(document, path);
  if (!Array.isArray(list)) return [];
  return list.flatMap((value: unknown, index) =>
    typeof value === "string" ? [{ path: [...path, index], value }] : [],
  );
}
