import { readFile } from "node:fs/promises";
import { type AuditRecord, auditOf, listSegments, matches } from "@berth/host/audit";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { readHostProject } from "../../host-project.ts";
import { runStoppable } from "../../stop-signals.ts";
import { type AuditFlags, type FilterFlags, queryOf } from "./filters.ts";

/** `berth audit export`: the lines as they are, so that their hashes can be checked elsewhere. */
export function exportAudit(context: CommandContext, flags: AuditFlags & FilterFlags): Promise<number> {
  return runStoppable(context, async ({ stop }) => {
    const places = auditOf((await readHostProject(context, flags.config)).dataFolder);
    const query = { ...queryOf(context, flags), all: true };
    const isWhole = [flags.plugin, flags.action, flags.by, flags.since].every((filter) => filter === undefined);
    for (const number of listSegments(places)) {
      stop.throwIfAborted();
      const text = await readFile(places.segment(number), "utf8");
      if (isWhole) context.out.write(text);
      else for (const line of text.split("\n")) if (isWanted(line, query)) context.out.write(`${line}\n`);
    }
    return EXIT.ok;
  });
}

function isWanted(line: string, query: Parameters<typeof matches>[1]): boolean {
  try {
    return matches(JSON.parse(line) as AuditRecord, query);
  } catch {
    return false;
  }
}
