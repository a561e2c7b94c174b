import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CodeFollower } from "./code-follower.ts";

/** As most plugins are written: what makes it a plugin comes last. */
const exportLast = (label: string): string =>
  `import { definePlugin } from "@berth/sdk";\n// ${label}: ä\nconst label = "${label}";\n\nexport default definePlugin({\n  provides: [label],\n});\n`;

/** The worst case: what is exported comes first, and needs what comes last. */
const exportFirst = (label: string): string =>
  `// ${label}\nimport { definePlugin } from "@berth/sdk";\nexport default definePlugin({ start: () => help() });\n\nfunction help() {\n  return "${label}";\n}\n`;

interface Believed {
  text: string;
  waitedMs: number;
}

/** Stops a writer at every byte, each time over the whole version that serves. Gives what passed all checks all the same. */
async function stopEverywhere(write: (label: string) => string): Promise<Believed[]> {
  using follower = await new CodeFollower({ "src/plugin.ts": write("one") }).begin();
  const bytes = Buffer.from(write("two"));
  const believed: Believed[] = [];
  for (let end = 0; end < bytes.length; end++) {
    const text = bytes.subarray(0, end).toString();
    const beganMs = follower.clock.monotonicMs();
    writeFileSync(follower.entry, bytes.subarray(0, end));
    await follower.hasDecided(text);
    if (follower.accepted.at(-1) !== text) continue;
    believed.push({ text, waitedMs: follower.clock.monotonicMs() - beganMs });
    writeFileSync(follower.entry, write("one"));
    await follower.hasDecided(write("one"));
  }
  return believed;
}

test("A writer that stops within a module is not believed, or only after half a second", async () => {
  const believed = await stopEverywhere(exportLast);
  expect(believed.filter(({ waitedMs }) => waitedMs < 500)).toEqual([]);
  // What parses and exports something by default is left to be tried: it fails there, and never serves.
  const head = exportLast("two").split("definePlugin({")[0]!;
  const isNoPlugin = ({ text }: Believed): boolean => text.startsWith(head) && !text.includes("(");
  const isWhole = ({ text }: Believed): boolean => /^\}\);?$/m.test(text);
  expect(believed.filter((one) => !isNoPlugin(one) && !isWhole(one))).toEqual([]);
}, 60_000);

test("A writer that stops at the end of a line where a module could end is taken at its word", async () => {
  const believed = await stopEverywhere(exportFirst);
  const [statement] = exportFirst("two").split(";\n\n");
  const ends = [`${statement};\n`, `${statement};\n\n`];
  // Whoever loads it finds out: until then, and if that fails, the version before goes on.
  expect(believed.map(({ text }) => text)).toEqual(expect.arrayContaining(ends));
  expect(believed.filter(({ text, waitedMs }) => waitedMs < 500 && !ends.includes(text))).toEqual([]);
}, 60_000);

test("A writer that takes its time is waited for: what is on the way is never accepted", async () => {
  using follower = await new CodeFollower({ "src/plugin.ts": exportLast("one") }).begin();
  writeFileSync(follower.entry, "");
  for (const byte of Buffer.from(exportLast("two"))) {
    appendFileSync(follower.entry, Buffer.from([byte]));
    await follower.clock.advance(15);
  }
  await follower.until(() => follower.decided === exportLast("two"));
  expect(follower.accepted).toEqual([exportLast("one"), exportLast("two")]);
});

test("A manifest that is written half does not pass for a whole one", async () => {
  using follower = await new CodeFollower({ "src/plugin.ts": exportLast("one") }).begin();
  const manifest = readFileSync(follower.path("plugin.toml"), "utf8").replace("1.0.0", "2.0.0");
  for (let end = 0; end < manifest.length - 1; end++) {
    const before = follower.refused.length;
    writeFileSync(follower.path("plugin.toml"), manifest.slice(0, end));
    await follower.until(() => follower.refused.length > before);
  }
  expect(follower.accepted).toHaveLength(1);
  writeFileSync(follower.path("plugin.toml"), manifest);
  await follower.until(() => follower.accepted.length === 2);
});
