/** A parsed manifest that nothing has been checked of; every table has a null prototype. */
export type Document = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

const NOTHING: Document = Object.freeze(Object.create(null) as Document);

/** The value if it is a table, else an empty one: that something else stands there is for the schema to report. */
export function tableOf(value: unknown): Document {
  return isTable(value) ? value : NOTHING;
}
