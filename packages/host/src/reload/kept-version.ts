import type { JsonObject } from "@berth/base";
import { HostError } from "@berth/contract";
import type { KeptGenerationRecord, KeptGenerations } from "@berth/storage";
import type { MadeCode } from "../plugins/make-code.ts";
import { areWhole, settingsToRun } from "./kept-settings.ts";

/**
 * The version to go back to: the one with the number `to`, or the last that served and did not fail.
 *
 * @throws HostError `PLUGIN_NOT_FOUND` naming those that are kept.
 */
export function findKept(
  records: Pick<KeptGenerations, "list">,
  plugin: string,
  to: number | undefined,
): KeptGenerationRecord {
  const kept = records.list(plugin);
  const others = kept.filter(({ isCurrent }) => !isCurrent);
  const found =
    to === undefined
      ? others.filter(({ isCondemned }) => !isCondemned).toSorted((a, b) => b.since - a.since || b.id - a.id)[0]
      : others.find(({ id }) => id === to);
  if (found) return found;
  const ids = others.map(({ id, version }) => `${id} (${version})`).join(", ");
  const what = to === undefined ? "no version before it is kept" : `no version ${to} of it is kept`;
  throw new HostError(
    "PLUGIN_NOT_FOUND",
    `Cannot roll plugin "${plugin}" back: ${what}${ids === "" ? "" : `; kept are ${ids}`}`,
  );
}

/** With what it was configured with when it was kept. */
export function asKept({ settings }: KeptGenerationRecord, { code, trust }: MadeCode): MadeCode {
  const settingsNow = async (): Promise<JsonObject> =>
    areWhole(settings) ? settings : settingsToRun(settings, (await code.settings?.()) ?? {});
  return { code: { ...code, settings: settingsNow }, trust };
}
