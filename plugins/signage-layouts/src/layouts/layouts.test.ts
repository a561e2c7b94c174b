import type { Frame, SignageContent } from "@berth/sdk";
import { expect, test } from "vitest";
import plugin from "../plugin.ts";
import { LAYOUTS } from "./layouts.ts";

const frame: Frame = {
  width: 1600,
  height: 900,
  safeX: 80,
  safeY: 45,
  unit: 0.83,
  photo: false,
  footer: "Updated 14:05",
  stale: "",
  locale: "en-GB",
  timeZone: "UTC",
};

test("the plugin's definition lists every layout of its manifest", () => {
  expect(plugin.provides.map(({ kind, name }) => `${kind}/${name}`)).toEqual(
    Object.keys(LAYOUTS).map((name) => `layout/${name}`),
  );
});

test.each(Object.entries(LAYOUTS))("layout %s says that there is nothing to show yet", (_, layout) => {
  expect(JSON.stringify(layout({ title: "Ferry", lines: [] }, frame))).toContain("Nothing to show yet");
});

test.each(Object.entries(LAYOUTS))("layout %s shows every part that content may have, alone", (_, layout) => {
  const parts: [Partial<SignageContent>, string][] = [
    [{ lines: ["a plain line"] }, "a plain line"],
    [{ headline: { value: "4711" } }, "4711"],
    [{ stats: [{ label: "Depth", value: "4711" }] }, "4711"],
    [{ stats: [{ label: "Tank", value: "4711", level: 0.5 }] }, "4711"],
  ];
  const missing = parts.filter(
    ([part, words]) => !JSON.stringify(layout({ title: "T", lines: [], ...part }, frame)).includes(words),
  );
  expect(missing).toEqual([]);
});
