import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PluginDefinition } from "@berth/sdk";
import type { JsonSchema } from "../generate/schemas/json-schema.ts";
import { schemaPage } from "../generate/schemas/schema-page.ts";

/** The rows of a table, cells trimmed, the line under the heading left out. */
export function tableCells(lines: readonly string[]): string[][] {
  return lines
    .filter((line) => line.startsWith("|") && !/^\|(?:\s*:?-+:?\s*\|)+$/.test(line))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** By `source/NAME`, the table of the configuration of every source under `plugins/`, as Markdown lines. */
export async function fieldTables(root: string): Promise<Map<string, string[]>> {
  const tables = new Map<string, string[]>();
  for (const plugin of readdirSync(join(root, "plugins"))) {
    const module = await import(pathToFileURL(join(root, "plugins", plugin, "src/plugin.ts")).href);
    const { provides } = (module as { default: PluginDefinition }).default;
    for (const { kind, name, config } of provides) {
      const schema = config?.["~standard"].jsonSchema?.input({ target: "draft-07" });
      if (kind === "source") tables.set(`source/${name}`, tableOf(schema ?? {}));
    }
  }
  return tables;
}

function tableOf(schema: JsonSchema): string[] {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => [name, withDuration(field)] as const,
  );
  const file = { name: "config", madeFrom: "", schemaPath: "" };
  const page = schemaPage(file, { ...schema, properties: Object.fromEntries(properties) });
  return page.split("\n").filter((line) => line.startsWith("|"));
}

/** JSON Schema has no word for it, and its pattern tells a reader nothing. */
function withDuration({ pattern, ...field }: JsonSchema): JsonSchema {
  if (pattern?.includes("ms|s|m|h|d")) return { ...field, type: "duration" };
  return pattern === undefined ? field : { ...field, pattern };
}
