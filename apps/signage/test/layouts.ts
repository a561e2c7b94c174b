import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CallContext, Frame, Scene, SignageContent } from "@berth/contract";

const PLUGIN = join(import.meta.dirname, "../../../plugins/signage-layouts");

/** A layout as the host would call it. */
export type LayoutFunction = (content: SignageContent, frame: Frame) => Promise<Scene>;

interface LayoutContribution {
  name: string;
  create(): { render(content: SignageContent, frame: Frame, call: CallContext): Scene | Promise<Scene> };
}

const CALL: CallContext = {
  signal: new AbortController().signal,
  deadline: Number.POSITIVE_INFINITY,
  attempt: 1,
  caller: "app/signage",
  permissions: [],
  correlationId: "test",
};

/** The layouts of the first-party plugin by name, loaded as the host loads them: by path. */
export async function loadLayouts(): Promise<Map<string, LayoutFunction>> {
  const module = (await import(pathToFileURL(join(PLUGIN, "src/plugin.ts")).href)) as {
    default: { provides: readonly LayoutContribution[] };
  };
  return new Map(
    module.default.provides.map((contribution) => {
      const layout = contribution.create();
      return [contribution.name, async (content, frame) => layout.render(content, frame, CALL)];
    }),
  );
}

export const SAMPLES = [
  "weather",
  "stock",
  "system",
  "run-history",
  "git-activity",
  "text-only",
  "labelled-lines",
  "long-texts",
  "gaps",
  "scripts",
  "empty",
] as const;

export function sample(name: (typeof SAMPLES)[number]): SignageContent {
  return JSON.parse(readFileSync(join(PLUGIN, "samples", `${name}.json`), "utf8")) as SignageContent;
}
