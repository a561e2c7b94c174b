import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import { auditOf, type AuditVerdict, knownHead, verifyAudit } from "@berth/host/audit";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { readHostProject } from "../../host-project.ts";
import { runStoppable } from "../../stop-signals.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import type { AuditFlags } from "./filters.ts";

/** Options of `berth audit verify`. */
export interface VerifyFlags extends AuditFlags {
  key?: string;
  knownLoss?: string;
}

/** `berth audit verify`. */
export function verifyAuditLog(context: CommandContext, flags: VerifyFlags): Promise<number> {
  return runStoppable(context, async ({ stop }) => {
    const { dataFolder } = await readHostProject(context, flags.config);
    const places = auditOf(dataFolder);
    const isShown = context.err.isTTY === true && !flags.json;
    const verdict = await verifyAudit(places, {
      key: await keyOf(context, flags.key),
      known: knownHead(dataFolder, context.clock),
      knownLoss: numberOf(flags.knownLoss),
      signal: stop,
      onProgress: ({ segments, of, records }) => {
        if (isShown && of > 1) context.err.write(`\r${segments} of ${of} files, ${records} records`);
      },
    });
    if (isShown && verdict.segments > 1) context.err.write("\n");
    if (flags.json) context.out.write(`${JSON.stringify({ version: 1, folder: places.folder, ...verdict })}\n`);
    else
      for (const line of linesOf(terminalFor(context, flags), verdict, places.folder)) context.out.write(`${line}\n`);
    return verdict.isSound ? EXIT.ok : EXIT.failed;
  });
}

/** The text itself, or what is in a file. */
async function keyOf({ cwd }: CommandContext, given: string | undefined): Promise<string | undefined> {
  if (given === undefined || given.includes(":")) return given;
  return (await readFile(resolve(cwd, given), "utf8")).trim();
}

function numberOf(given: string | undefined): number | undefined {
  if (given === undefined || /^\d{1,15}$/.test(given)) return given === undefined ? undefined : Number(given);
  const found = neutraliseLine(given, 50);
  throw new HostError(
    "CONFIG_INVALID",
    `Cannot use --known-loss ${found}: write the number of a record, as verify names it`,
  );
}

function linesOf(terminal: Terminal, verdict: AuditVerdict, folder: string): string[] {
  const { isSound, records, segments, heads, lastAt, keys, torn, unsigned, problem } = verdict;
  if (records === 0 && isSound) return [`There is no audit log yet in ${neutraliseLine(folder)}.`];
  const word = isSound ? terminal.paint("green", "Sound") : terminal.paint("red", "Not sound");
  const until = lastAt === undefined ? "" : `, the last of ${new Date(lastAt).toISOString()}`;
  const lines = [
    `${word}: ${counted(records, "record")} in ${counted(segments, "file")}, ${counted(heads, "signature")}${until}.`,
  ];
  if (problem) {
    const { file, offset, after, kind, why } = problem;
    const place = [file, ...(offset === undefined ? [] : [`byte ${offset}`])]
      .filter((part) => part !== undefined)
      .join(", ");
    lines.push(`${terminal.paint("red", kind)}${place === "" ? "" : ` at ${place}`}: ${neutraliseLine(why)}.`);
    lines.push(`Records up to ${after} can be trusted. Keep the folder as it is: ${neutraliseLine(folder)}`);
  }
  if (torn)
    lines.push(
      `A write of ${torn.bytes} bytes at the end was cut off, or is under way; it was acknowledged to nobody.`,
    );
  if (unsigned > 0)
    lines.push(
      `${unsigned} records at the end are not vouched for: a host wrote them and was killed before it could acknowledge them.`,
    );
  for (const key of keys) lines.push(terminal.paint("dim", `key ${neutraliseLine(key)}`));
  return lines;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
