import { HostError } from "@berth/contract";
import {
  compareConfigs,
  type ConfigDifference,
  effectiveConfig,
  type EffectiveValue,
} from "@berth/kernel/config/settings";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { originWords } from "./origin-words.ts";
import { type ConfigFlags, openConfig } from "./session.ts";
import { valueText, valueToJson } from "./show.ts";

/** `berth config diff [BEFORE] [AFTER]`: what two environments differ in; the file alone stands for one that is not named. */
export async function diffConfig(
  context: CommandContext,
  first: string | undefined,
  second: string | undefined,
  flags: ConfigFlags,
): Promise<number> {
  const environments = chosen(context, first, second, flags);
  const [before, after] = [
    await valuesOf(context, flags, environments[0]),
    await valuesOf(context, flags, environments[1]),
  ];
  const differences = compareConfigs(before, after);
  if (flags.json) {
    const [a, b] = environments;
    const told = differences.map(({ path, before: was, after: is }) => ({
      path,
      ...(was ? { before: valueToJson(was) } : {}),
      ...(is ? { after: valueToJson(is) } : {}),
    }));
    context.out.write(`${JSON.stringify({ version: 1, before: a || null, after: b || null, differences: told })}\n`);
    return EXIT.ok;
  }
  const names = environments.map((name) => name || "the file alone");
  const terminal = terminalFor(context, flags);
  for (const line of lines(terminal, differences)) context.out.write(`${line}\n`);
  if (differences.length === 0) context.out.write(`${names[0]} and ${names[1]} do not differ\n`);
  return EXIT.ok;
}

/** `""` is the file without an overlay. */
function chosen(
  { env }: CommandContext,
  first: string | undefined,
  second: string | undefined,
  { environment }: ConfigFlags,
): [before: string, after: string] {
  if (first !== undefined && second !== undefined) return [first, second];
  const one = first ?? environment ?? env["BERTH_ENV"] ?? "";
  if (one !== "") return ["", one];
  const message = "Cannot compare: name an environment, as `berth config diff production`, or two";
  throw new HostError("CONFIG_INVALID", message);
}

async function valuesOf(context: CommandContext, flags: ConfigFlags, environment: string): Promise<EffectiveValue[]> {
  const { document, shapes } = await openConfig(context, { ...flags, environment });
  return effectiveConfig(document, shapes);
}

function lines(terminal: Terminal, differences: readonly ConfigDifference[]): string[] {
  const line = (sign: string, style: "red" | "green", value: EffectiveValue): string => {
    const text = `${sign} ${value.path}: ${valueText(value.shown)}${value.isHidden ? " (hidden)" : ""}`;
    return `${terminal.paint(style, text)}  ${terminal.paint("dim", originWords(value.origin))}`;
  };
  return differences.flatMap(({ before, after }) => [
    ...(before ? [line("-", "red", before)] : []),
    ...(after ? [line("+", "green", after)] : []),
  ]);
}
