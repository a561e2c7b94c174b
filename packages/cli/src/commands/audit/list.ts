import { type JsonValue, neutraliseLine, sleep } from "@berth/base";
import { HostError } from "@berth/contract";
import { type AuditPlaces, type AuditQuery, type AuditRecord, auditOf, readAudit } from "@berth/host/audit";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { readHostProject } from "../../host-project.ts";
import { runStoppable } from "../../stop-signals.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { type AuditFlags, type FilterFlags, queryOf } from "./filters.ts";

/** Options of `berth audit list`. */
export interface ListFlags extends AuditFlags, FilterFlags {
  limit?: string;
  follow?: boolean;
  all?: boolean;
}

const LOOK_EVERY_MS = 500;
/** So many that come at once are shown. */
const MOST_AT_ONCE = 10_000;
const LONGEST_FACTS = 500;

/** `berth audit list`. */
export function listAudit(context: CommandContext, flags: ListFlags): Promise<number> {
  return runStoppable(context, async ({ stop }) => {
    const places = auditOf((await readHostProject(context, flags.config)).dataFolder);
    const query: AuditQuery = { ...queryOf(context, flags), all: flags.all };
    const write = writer(context, flags);
    const first = readAudit(places, { ...query, limit: limitOf(flags.limit) }).toReversed();
    first.forEach(write);
    if (first.length === 0 && !flags.json && !flags.follow)
      context.err.write("There is nothing of that in the audit log.\n");
    if (flags.follow) await follow(context, { places, query, write, after: newest(places), stop });
    return EXIT.ok;
  });
}

interface Following {
  places: AuditPlaces;
  query: AuditQuery;
  write: (record: AuditRecord) => void;
  after: number;
  stop: AbortSignal;
}

async function follow({ clock }: CommandContext, { places, query, write, after, stop }: Following): Promise<void> {
  for (let seen = after; !stop.aborted;) {
    await sleep(clock, LOOK_EVERY_MS, stop).catch(() => undefined);
    const until = newest(places);
    if (until === seen) continue;
    readAudit(places, { ...query, after: seen, limit: MOST_AT_ONCE })
      .toReversed()
      .forEach(write);
    seen = until;
  }
}

function newest(places: AuditPlaces): number {
  return readAudit(places, { all: true, limit: 1 })[0]?.seq ?? 0;
}

function limitOf(text = "50"): number {
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new HostError(
    "CONFIG_INVALID",
    `Cannot use --limit ${neutraliseLine(text, 100)}: write a whole number above 0`,
  );
}

function writer(context: CommandContext, flags: ListFlags): (record: AuditRecord) => void {
  const terminal = terminalFor(context, flags);
  return (record) =>
    void context.out.write(
      flags.json ? `${JSON.stringify({ version: 1, ...record })}\n` : `${lineOf(terminal, record)}\n`,
    );
}

/** When, what, whom it concerns, by whom, and whatever else is known of it. */
function lineOf(terminal: Terminal, { at, kind, plugin, details }: AuditRecord): string {
  const { by, ...rest } = details;
  const time = terminal.paint("dim", new Date(at).toISOString().slice(0, 19).replace("T", " "));
  const whose = plugin === "" ? "" : ` ${terminal.paint("bold", neutraliseLine(plugin, 200))}`;
  const who = typeof by === "string" ? ` by ${neutraliseLine(by, 200)}` : "";
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${word(value)}`);
  return `${time} ${neutraliseLine(kind, 100)}${whose}${who} ${terminal.paint("dim", neutraliseLine(facts.join(" "), LONGEST_FACTS))}`.trimEnd();
}

function word(value: JsonValue): string {
  return typeof value === "string" && /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value);
}
