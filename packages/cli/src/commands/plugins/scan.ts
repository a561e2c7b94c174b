import { neutraliseLine } from "@berth/base";
import { type Finding, PATTERNS, scanFolder, type ScanReport, type Weight } from "@berth/registry/scan";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { type Cell, type Column, formatTable } from "../../terminal/table.ts";
import { type Style, type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { findPlugin, openPlugins, type PluginsFlags } from "./session.ts";

const LIMIT_MS = 120_000;

const COLUMNS: readonly Column[] = [
  { title: "WEIGHT" },
  { title: "PATTERN", dropOrder: 1 },
  { title: "WHERE", minWidth: 12 },
  { title: "WHAT IT DOES", minWidth: 20 },
  { title: "CODE", minWidth: 12, dropOrder: 2 },
];

const STYLES: Readonly<Record<Weight, Style>> = { danger: "red", warning: "yellow", note: "dim" };
const ORDER: readonly Weight[] = ["danger", "warning", "note"];

/** `berth plugins scan NAME`. Ends with 1 when there is danger, so that a pipeline stops there. */
export async function scanPlugin(context: CommandContext, name: string, flags: PluginsFlags): Promise<number> {
  await using session = await openPlugins(context, flags);
  const { plugin } = findPlugin(session, name);
  const report = await scanFolder(plugin.folder, plugin.manifest.permissions, AbortSignal.timeout(LIMIT_MS));
  const findings = report.findings.toSorted((a, b) => ORDER.indexOf(a.weight) - ORDER.indexOf(b.weight));
  if (flags.json) {
    const json = { version: 1, plugin: name, folder: plugin.folder, ...report, findings };
    context.out.write(`${JSON.stringify(json)}\n`);
  } else {
    for (const line of lines(terminalFor(context, flags), name, { ...report, findings }))
      context.out.write(`${line}\n`);
  }
  return findings.some(({ weight }) => weight === "danger") ? EXIT.failed : EXIT.ok;
}

function lines(terminal: Terminal, name: string, { findings, unasked, files }: ScanReport): string[] {
  const title = `${name}: ${files} files were looked through; none was run.`;
  if (findings.length === 0)
    return [title, "Nothing was found. A scan sees what is written plainly; the sandbox holds the rest."];
  const table = formatTable(
    COLUMNS,
    findings.map((finding) => row(terminal, finding)),
    terminal.columns,
    (text) => terminal.paint("dim", text),
  );
  const missing = unasked.map(
    (pattern) => `It ${PATTERNS[pattern].sentence}, and its manifest does not ask for that: in a sandbox it will fail.`,
  );
  return [title, "", ...table, ...(missing.length > 0 ? ["", ...missing] : [])];
}

function row(terminal: Terminal, { weight, pattern, file, line, column, sentence, code }: Finding): Cell[] {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return [terminal.paint(STYLES[weight], weight), pattern, neutraliseLine(place), sentence, code].map((text) => ({
    text,
  }));
}
