import type { DiscoveredPlugin, Root } from "@berth/kernel/discovery";
import { expect, test } from "vitest";
import { bestVersionsFirst } from "./best-versions-first.ts";

const roots: Root[] = ["own", "foreign"].map((path) => ({ kind: "folder", path, trust: "first-party" }));

test("bestVersionsFirst sorts the versions of a name by root, releases before previews, highest first; names stay where they are", async () => {
  const found = [
    ["chart", "1.9.0", 0],
    ["page", "1.0.0", 0],
    ["chart", "2.0.0-beta", 0],
    ["chart", "1.10.0", 0],
    ["chart", "3.0.0", 1],
  ] as const;
  const plugins = found.map(([name, version, root]) => ({ name, version, root: roots[root] }) as DiscoveredPlugin);
  const ordered = await bestVersionsFirst(plugins, roots);
  expect(ordered.map(({ name, version }) => `${name} ${version}`)).toEqual([
    "chart 1.10.0",
    "page 1.0.0",
    "chart 1.9.0",
    "chart 2.0.0-beta",
    "chart 3.0.0",
  ]);
});
