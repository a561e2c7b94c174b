import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import type { AuditQuery } from "@berth/host/audit";
import type { CommandContext } from "../../command-context.ts";

/** Options that every `berth audit` command takes. */
export interface AuditFlags {
  config?: string;
  json?: boolean;
  color?: boolean;
}

/** Options that say which records. */
export interface FilterFlags {
  plugin?: string;
  action?: string;
  by?: string;
  since?: string;
}

const UNITS_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** @throws HostError `CONFIG_INVALID` for a time that is none. */
export function queryOf({ clock }: CommandContext, { plugin, action, by, since }: FilterFlags): AuditQuery {
  return { plugin, kind: action, by, since: since === undefined ? undefined : timeOf(since, clock.now()) };
}

function timeOf(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return now - Number(count) * UNITS_MS[unit]!;
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  const message = `Cannot use --since ${neutraliseLine(text, 100)}: write a date as 2026-01-31 or 2026-01-31T12:00Z, or how long ago as 30m, 12h or 7d`;
  throw new HostError("CONFIG_INVALID", message);
}
