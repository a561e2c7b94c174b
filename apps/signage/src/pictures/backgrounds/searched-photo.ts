import { type Clock, errorMessage } from "@berth/base";
import { decodePhoto } from "./decode-photo.ts";
import { type FetchFunction, fetchBounded } from "./fetch-bounded.ts";
import { PhotoCache } from "./photo-cache.ts";
import { type FoundPhoto, PHOTO_PROVIDERS, type PhotoProvider } from "./photo-providers.ts";
import type { PhotoBackground } from "./prepared-background.ts";

export interface SearchedPhotoRequest {
  provider: "unsplash" | "pexels";
  query: string;
  key: string | undefined;
  /** Instead of the service's own address. */
  endpoint?: string | undefined;
  cacheDir: string;
  width: number;
  height: number;
  fetch: FetchFunction;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/** A background is a nicety: it may hold up the picture this long and no longer. */
const TIMEOUT_MS = 15_000;
const MOST_ANSWER_BYTES = 2 * 1024 * 1024;
const MOST_PICTURE_BYTES = 40 * 1024 * 1024;

/**
 * The first picture the service has for the query, from the cache if it was asked within seven days.
 *
 * @throws Error that says what went wrong, without the key.
 */
export async function searchedPhoto(request: SearchedPhotoRequest): Promise<PhotoBackground> {
  const { provider: name, query, width, height, clock, cacheDir } = request;
  const provider = PHOTO_PROVIDERS[name];
  const cache = new PhotoCache(cacheDir, clock);
  const key = { provider: name, query, width, height };
  const kept = await cache.get(key);
  if (kept) {
    const photo = await decodePhoto(kept.file, width, height).catch(() => undefined);
    if (photo) return { ...photo, credit: kept.credit };
  }
  const { found, file } = await withTimeout(request, (signal) => download(provider, request, signal));
  // Decoded before it is kept: a broken picture is not worth seven days.
  const photo = await decodePhoto(file, width, height);
  await cache.put(key, { file, credit: found.credit });
  return { ...photo, credit: found.credit };
}

async function download(
  provider: PhotoProvider,
  request: SearchedPhotoRequest,
  signal: AbortSignal,
): Promise<{ found: FoundPhoto; file: Uint8Array }> {
  const { fetch, width, height } = request;
  if (!request.key) throw new Error(`${provider.title} needs a key and none is set`);
  if (!request.query) throw new Error(`${provider.title} needs a query and none is set`);
  const endpoint = request.endpoint ?? provider.endpoint;
  const headers = { authorization: provider.authorization(request.key), accept: "application/json" };
  const search = new URL(provider.searchPath, endpoint);
  search.search = new URLSearchParams({ query: request.query, orientation: "landscape", per_page: "10" }).toString();
  const answer = await fetchBounded(fetch, search.href, { headers, signal, mostBytes: MOST_ANSWER_BYTES });
  const found = provider.first(parseJson(answer), width, height);
  if (!found) throw new Error(`${provider.title} has no picture for "${request.query}"`);
  checkAddress(found.url, provider, endpoint);
  const file = await fetchBounded(fetch, found.url, { signal, mostBytes: MOST_PICTURE_BYTES });
  return { found, file };
}

function parseJson(answer: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(answer));
  } catch (error) {
    throw new Error("its answer is no JSON", { cause: error });
  }
}

function checkAddress(url: string, provider: PhotoProvider, endpoint: string): void {
  const address = new URL(url);
  const isProviders = address.protocol === "https:" && provider.imageHosts.includes(address.hostname);
  if (isProviders || address.origin === new URL(endpoint).origin) return;
  throw new Error(`${provider.title} points at a picture on ${address.host}, which is not one of its hosts`);
}

async function withTimeout<T>(
  { clock, signal, provider }: SearchedPhotoRequest,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { title } = PHOTO_PROVIDERS[provider];
  const tooSlow = new AbortController();
  using _timer = clock.setTimer(() => tooSlow.abort(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)), TIMEOUT_MS);
  try {
    return await work(signal ? AbortSignal.any([signal, tooSlow.signal]) : tooSlow.signal);
  } catch (error) {
    signal?.throwIfAborted();
    const reason = tooSlow.signal.aborted ? tooSlow.signal.reason : error;
    throw new Error(`${title} gave no picture: ${errorMessage(reason)}`, { cause: error });
  }
}
