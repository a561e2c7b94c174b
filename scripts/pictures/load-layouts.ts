import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CallContext, Frame, Scene, SignageContent } from "@berth/contract";

/** A layout as the host would call it. */
export type LayoutFunction = (content: SignageContent, frame: Frame) => Scene | Promise<Scene>;

interface LayoutContribution {
  name: string;
  create(): { render(content: SignageContent, frame: Frame, call: CallContext): Scene | Promise<Scene> };
}

const FOLDER = "plugins/signage-layouts";

/** The layouts of the first-party plugin by name; plugins are loaded by path, as the host does it. */
export async function loadLayouts(root: string): Promise<Map<string, LayoutFunction>> {
  const call = {
    signal: new AbortController().signal,
    deadline: Infinity,
    attempt: 1,
    caller: "scripts",
    permissions: [],
    correlationId: "",
  };
  const plugin = (await import(pathToFileURL(join(root, FOLDER, "src/plugin.ts")).href)) as {
    default: { provides: readonly LayoutContribution[] };
  };
  return new Map(
    plugin.default.provides.map((contribution) => {
      const layout = contribution.create();
      return [contribution.name, (content, frame) => layout.render(content, frame, call)];
    }),
  );
}

/** Content as a source would return it, from the plugin's samples. */
export function readSample(root: string, name: string): SignageContent {
  return JSON.parse(readFileSync(join(root, FOLDER, "samples", `${name}.json`), "utf8")) as SignageContent;
}
