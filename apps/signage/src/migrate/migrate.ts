import type { Environment } from "@berth/kernel/config";
import { OldSettings, readDotenv } from "./old-settings.ts";
import { oldSources } from "./old-sources.ts";
import { oldTopLevel } from "./old-top-level.ts";
import { type DraftMap, type DraftSource, type DraftValue, Ref, renderSources } from "./render-sources.ts";

export interface MigrateOptions {
  /** Default: the environment of the process. */
  env?: Environment;
  /** Default: `.env` of the working directory, which need not be there. */
  dotenvPath?: string | undefined;
  cwd?: string;
  /** Where an editor finds the schema of the new file. */
  schema?: string | undefined;
}

/** A new `sources.yaml`, not written yet. */
export interface Migration {
  text: string;
  sources: { id: string; type: string; enabled: boolean }[];
  /** What could not be carried over, or needs a look; one sentence each. */
  notes: string[];
}

/**
 * Builds `sources.yaml` from the settings of an installation from before it: the variables of the first plan
 * (`OPENWEATHER_API_KEY`, `TESLA_ACCESS_TOKEN`, `FERRY_ROUTE_ID`) and those people really had (`WEATHER_API_KEY`,
 * `TESLA_CLIENT_ID`, `FERRY_ROUTE`, `AMBIENT_API_KEY`, `SPEEDTEST_URL`, `STOCK_API_KEY` and so on). Secrets stay where they are:
 * what is written is a reference.
 */
export async function migrate(options: MigrateOptions = {}): Promise<Migration> {
  const { env = process.env, cwd = process.cwd(), dotenvPath } = options;
  const settings = new OldSettings(env, await readDotenv(dotenvPath, cwd));
  const notes: string[] = [];
  const top = oldTopLevel(settings, notes);
  const sources = oldSources(settings, notes);
  notes.push(...needed(settings, top, sources));
  if (sources.length === 0)
    notes.push("no setting of a known source was found; `berth signage init` writes a first file");
  const comments = [...HEADER, ...notes.map((note) => `Note: ${note}`)];
  return {
    text: await renderSources({ schema: options.schema, comments, top, sources }),
    sources: sources.map(({ entry: { id, type, enabled } }) => ({ id, type, enabled })),
    notes,
  };
}

const HEADER = [
  "Made by `berth signage migrate` from the settings in the environment. Please review it.",
  "Keys are not in this file: ${NAME} is taken from the environment when Berth runs.",
];

/** A reference to what only `.env` holds works only where that file is loaded. */
function needed(settings: OldSettings, top: DraftMap, sources: readonly DraftSource[]): string[] {
  const used = [...refsIn(top), ...sources.filter(({ entry }) => entry.enabled).flatMap(({ entry }) => refsIn(entry))];
  const onlyInFile = [...new Set(used)].filter((name) => settings.isOnlyInFile(name));
  if (onlyInFile.length === 0) return [];
  return [`${onlyInFile.join(", ")}: only in .env; load that file into the environment before Berth runs`];
}

function refsIn(value: DraftValue | undefined): string[] {
  if (value instanceof Ref) return [value.name];
  return typeof value === "object" ? Object.values(value).flatMap(refsIn) : [];
}
