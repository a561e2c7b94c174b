import type { JsonValue } from "@berth/base";
import { formatYaml } from "@berth/kernel/config";
import { effectiveConfig, type EffectiveValue, shownTree } from "@berth/kernel/config/settings";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { formatTable } from "../../terminal/table.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { originWords } from "./origin-words.ts";
import { type ConfigFlags, openConfig } from "./session.ts";

/** Options of `berth config show`. */
export interface ShowFlags extends ConfigFlags {
  origin?: boolean;
}

/** `berth config show`: what holds in the end, secrets masked. */
export async function showConfig(context: CommandContext, flags: ShowFlags): Promise<number> {
  const { document, shapes } = await openConfig(context, flags);
  const values = await effectiveConfig(document, shapes);
  if (flags.json) context.out.write(`${JSON.stringify(toJson(values, flags))}\n`);
  else if (flags.origin) for (const line of table(terminalFor(context, flags), values)) context.out.write(`${line}\n`);
  else context.out.write(await formatYaml(shownTree(values)));
  return EXIT.ok;
}

function toJson(values: readonly EffectiveValue[], { origin }: ShowFlags): object {
  if (!origin) return { version: 1, config: shownTree(values) };
  return { version: 1, values: values.map(valueToJson) };
}

/** A value as programs get it: `hidden` in place of what may be a secret. */
export function valueToJson({ path, shown, isHidden, origin }: EffectiveValue): { [key: string]: unknown } {
  return { path, value: shown, ...(isHidden ? { hidden: true } : {}), origin };
}

function table(terminal: Terminal, values: readonly EffectiveValue[]): string[] {
  const columns = [
    { title: "KEY", minWidth: 12 },
    { title: "VALUE", minWidth: 12 },
    { title: "FROM", minWidth: 8 },
  ];
  const rows = values.map((value) => {
    const isDefault = value.origin.from === "default";
    return [
      { text: value.path },
      { text: valueText(value.shown) },
      { text: originWords(value.origin), paint: (text: string) => (isDefault ? terminal.paint("dim", text) : text) },
    ];
  });
  return formatTable(columns, rows, terminal.columns, (title) => terminal.paint("dim", title));
}

/** Text bare where nobody can take it for anything else. */
export function valueText(value: JsonValue): string {
  return typeof value === "string" && value !== "" && !/^[\s\d[{"'-]|^(?:true|false|null)$/.test(value)
    ? value
    : JSON.stringify(value);
}
