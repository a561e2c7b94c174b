import { access } from "node:fs/promises";
import { type Clock, errorMessage, neutraliseLine } from "@berth/base";
import type { LogLevel } from "@berth/contract";
import type { FetchFunction } from "./fetch-bounded.ts";
import { gradientBackground } from "./gradient.ts";
import { localPhoto } from "./local-photo.ts";
import type { PreparedBackground } from "./prepared-background.ts";
import { searchedPhoto } from "./searched-photo.ts";

/** Where a background may come from. */
export const BACKGROUND_MODES = ["local", "unsplash", "pexels", "gradient"] as const;

export interface BackgroundRequest {
  mode: (typeof BACKGROUND_MODES)[number];
  /** A folder below `backgroundsDir` (or several, split by `|`), or what to search for. */
  query?: string | undefined;
  backgroundsDir: string;
  cacheDir: string;
  keys?: { unsplash?: string | undefined; pexels?: string | undefined };
  /** Addresses instead of the services' own. */
  endpoints?: { unsplash?: string; pexels?: string };
  width: number;
  height: number;
  /** `#rrggbb`: the gradient leans to it. */
  tint?: string | undefined;
  fetch: FetchFunction;
  clock: Clock;
  random?: () => number;
  signal?: AbortSignal | undefined;
  log?: (level: LogLevel, message: string) => void;
}

/**
 * What lies behind the picture. Never fails: whatever goes wrong ends in the gradient and a warning, so there is always a picture.
 *
 * @throws the signal's reason, if it fires: that is no failure, nobody waits any more.
 */
export async function prepareBackground(request: BackgroundRequest): Promise<PreparedBackground> {
  request.signal?.throwIfAborted();
  try {
    return await wanted(request);
  } catch (error) {
    request.signal?.throwIfAborted();
    await explain(request, error);
    return gradientBackground(request.tint);
  }
}

function wanted(request: BackgroundRequest): Promise<PreparedBackground> | PreparedBackground {
  const { mode, query = "", keys, endpoints, random = Math.random } = request;
  if (mode === "gradient") return gradientBackground(request.tint);
  if (mode === "local") return localPhoto({ ...request, query, random });
  return searchedPhoto({ ...request, provider: mode, query, key: keys?.[mode], endpoint: endpoints?.[mode] });
}

/** `local` is the default, so a machine without any folder of pictures has nothing to be warned about. */
async function explain({ mode, backgroundsDir, log }: BackgroundRequest, error: unknown): Promise<void> {
  const exists = await access(backgroundsDir).then(
    () => true,
    () => false,
  );
  const level = mode === "local" && !exists ? "debug" : "warn";
  log?.(level, neutraliseLine(`No ${mode} background, a gradient is drawn instead: ${errorMessage(error)}`, 500));
}
