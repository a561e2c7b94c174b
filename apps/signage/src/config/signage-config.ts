import { join } from "node:path";
import type { output } from "zod";
import type { sourcesSchema } from "./sources-schema.ts";

/** `sources.yaml` as the schema gives it: defaults filled in, nothing derived. */
export type SourcesFile = output<typeof sourcesSchema>;

type SourceEntry = SourcesFile["sources"][number];

/** One source, ready to run. */
export interface SourceConfig extends Omit<SourceEntry, "timezone"> {
  timezone: string;
}

/** One more size of every picture. */
export interface OutputProfile {
  name: string;
  width: number;
  height: number;
  dir: string;
}

/** Everything `berth signage` is told, with every default filled in. */
export interface SignageConfig {
  /** In the order of the file; also the ones that are switched off. */
  sources: SourceConfig[];
  output: Omit<SourcesFile["output"], "profiles"> & { profiles: OutputProfile[] };
  timezone: string;
  locale: string;
  /** Sources that run at the same time. */
  width: number;
  /** Font files, relative to the working directory. */
  fonts: string[];
  backgrounds_dir: string;
  unsplash_key: string | undefined;
  pexels_key: string | undefined;
  breaker: SourcesFile["breaker"];
  tracing: SourcesFile["tracing"];
}

/** Fills in what depends on the machine or on another field. An empty key is none: `${KEY:-}` is how people leave it open. */
export function resolveConfig(file: SourcesFile): SignageConfig {
  const machine = Intl.DateTimeFormat().resolvedOptions();
  const timezone = file.timezone ?? machine.timeZone;
  const { dir, profiles } = file.output;
  return {
    sources: file.sources.map((source) => ({ ...source, timezone: source.timezone ?? timezone })),
    output: { ...file.output, profiles: profiles.map((one) => ({ ...one, dir: one.dir ?? join(dir, one.name) })) },
    timezone,
    locale: file.locale ?? machine.locale,
    width: file.width,
    fonts: file.fonts,
    backgrounds_dir: file.backgrounds_dir,
    unsplash_key: file.unsplash_key || undefined,
    pexels_key: file.pexels_key || undefined,
    breaker: file.breaker,
    tracing: file.tracing,
  };
}
