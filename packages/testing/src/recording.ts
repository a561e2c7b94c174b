import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject, JsonValue } from "@berth/base";

/**
 * How an answer comes. `ok` is the recording as it is; the others are what services do on a bad day. A recording made for a mode
 * (its `mode` field) is replayed in that mode; for a mode without one the answer is derived from the `ok` recording.
 */
export const ANSWER_MODES = [
  "ok",
  "malformed",
  "slow",
  "unauthorized",
  "rate-limited",
  "server-error",
  "truncated",
  "wrong-type",
  "missing-fields",
  "huge",
  "redirect",
] as const;

/** One of {@link ANSWER_MODES}. */
export type AnswerMode = (typeof ANSWER_MODES)[number];

/** One answer of a service, and which requests get it. */
export interface Recording {
  /** Default: the file's name. */
  name?: string;
  mode?: AnswerMode;
  request: {
    path: string;
    /** Parameters that must have these values; others are free. */
    query?: Record<string, string>;
  };
  response: {
    status: number;
    headers?: Record<string, string>;
    /** Text goes out as it is, anything else as JSON. */
    body: JsonValue;
  };
}

/** The recordings of a folder, one a `.json` file, in the order of their names. */
export async function readRecordings(folder: string): Promise<Recording[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(
    names.map(async (name) => {
      const content = JSON.parse(await readFile(join(folder, name), "utf8")) as Recording & JsonObject;
      return { name: name.slice(0, -".json".length), ...content };
    }),
  );
}

/** The recording that fits best: of the mode asked for before `ok`, with more matching parameters before fewer. */
export function findRecording(recordings: readonly Recording[], mode: AnswerMode, url: URL): Recording | undefined {
  const fits = recordings.filter(({ request, mode: own = "ok" }) => {
    if (request.path !== url.pathname || (own !== mode && own !== "ok")) return false;
    return Object.entries(request.query ?? {}).every(([name, value]) => url.searchParams.get(name) === value);
  });
  return fits.sort((a, b) => rank(b, mode) - rank(a, mode))[0];
}

function rank(recording: Recording, mode: AnswerMode): number {
  return (recording.mode === mode ? 1_000 : 0) + Object.keys(recording.request.query ?? {}).length;
}
