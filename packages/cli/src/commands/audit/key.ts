import { existsSync } from "node:fs";
import { neutraliseLine } from "@berth/base";
import { auditOf, openAuditKey } from "@berth/host/audit";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { readHostProject } from "../../host-project.ts";
import type { AuditFlags } from "./filters.ts";

/** `berth audit key`. Makes none: the host does, with its first record. */
export async function printAuditKey(context: CommandContext, flags: AuditFlags): Promise<number> {
  const { key } = auditOf((await readHostProject(context, flags.config)).dataFolder);
  if (!existsSync(key)) {
    context.err.write(`There is no key yet at ${neutraliseLine(key)}: a host makes it with its first record.\n`);
    return EXIT.failed;
  }
  context.out.write(`${openAuditKey(key).publicKey}\n`);
  return EXIT.ok;
}
