import type { ZodType } from "zod";
import { checkDocument } from "./check-document.ts";
import type { ConfigDocument } from "./config-document.ts";
import { configError } from "./config-error.ts";
import { expandDocument, type ExpandOptions } from "./expand-document.ts";
import { type ConfigInput, readDocument, type ReadOptions } from "./read-document.ts";

/** A configuration that passed every check. */
export interface ReadConfig<T> {
  value: T;
  /** Where its parts were written, and which came from the environment. */
  document: ConfigDocument;
}

/**
 * The whole way in one call: read, overlay, expand, check.
 *
 * @throws `CONFIG_NOT_FOUND`, or `CONFIG_INVALID` with every problem at once.
 */
export async function readConfig<T>(
  schema: ZodType<T>,
  input: ConfigInput,
  options: ReadOptions & ExpandOptions = {},
): Promise<ReadConfig<T>> {
  const document = await expandDocument(await readDocument(input, options), options);
  const { value, problems } = await checkDocument(schema, document);
  if (value === undefined) throw configError(document.file, problems);
  return { value, document };
}
