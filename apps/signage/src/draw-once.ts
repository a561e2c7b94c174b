import { join } from "node:path";
import { HostError, type SignageContent } from "@berth/contract";
import type { Host } from "@berth/host";
import type { LoadedSources, SourceConfig } from "./config/index.ts";
import { parseContent } from "./content/parse-content.ts";
import { LayoutSet } from "./runs/layout-set.ts";
import { type Look, PictureDesk, type Size } from "./runs/picture-desk.ts";
import { cacheKey } from "./runs/source-job.ts";

/** What {@link drawOnce} draws: the kept content of `source`, or `content`. */
export interface DrawOnceOptions {
  host: Host;
  loaded: LoadedSources;
  workingFolder: string;
  source?: SourceConfig;
  content?: unknown;
  layout?: string;
  size?: Size;
  signal: AbortSignal;
}

/** Draws content that is there already; nothing is fetched or archived. @returns the PNG. */
export async function drawOnce(options: DrawOnceOptions): Promise<Uint8Array> {
  const { host, loaded, source, layout, signal } = options;
  const { content, fetchedAt } = source
    ? keptContent(host, source)
    : { content: parseContent("the file", options.content), fetchedAt: host.clock.now() };
  await using layouts = new LayoutSet(host);
  const folders = { working: options.workingFolder, cache: join(host.dataFolder, "signage") };
  await using desk = new PictureDesk(host, loaded.config, folders, layouts);
  const look = lookOf(loaded, source, layout);
  return await desk.draw(look, { content, fetchedAt }, options.size ?? loaded.config.output, signal);
}

function keptContent(host: Host, source: SourceConfig): { content: SignageContent; fetchedAt: number } {
  const { id } = source;
  const kept = host.storage.cache.get(cacheKey(source));
  if (!kept)
    throw new HostError(
      "CONFIG_INVALID",
      `There is no content of "${id}" yet: run it once with \`berth signage run --once --source ${id}\``,
    );
  return { content: parseContent(id, kept.value), fetchedAt: kept.storedAt };
}

function lookOf({ config }: LoadedSources, source: SourceConfig | undefined, layout: string | undefined): Look {
  const look: Look = source ?? { rendering: { layout: "default", background: "gradient" }, timezone: config.timezone };
  return layout === undefined ? look : { ...look, rendering: { ...look.rendering, layout } };
}
