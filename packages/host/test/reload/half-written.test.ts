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

/** Whether all statements are there, though not the last line feed. */
const isWhole = ({ text }: Believed): boolean => /\}\)?;?$/.test(text);

test("A writer that stops at any byte of a module is not believed, or only where all of it is there", async () => {
  const believed = await stopEverywhere(exportLast);
  // An imported function that is exported alone is a module too; it fails its handshake, and never serves.
  const isNoPlugin = ({ text }: Believed): boolean => text.endsWith("export default definePlugin");
  expect(believed.filter((one) => !isWhole(one) && !isNoPlugin(one))).toEqual([]);
  expect(believed.filter(({ waitedMs }) => waitedMs < 500)).toEqual([]);
}, 60_000);

test("A writer that stops between two statements is found out by what the rest of the module lacks", async () => {
  const believed = await stopEverywhere(exportFirst);
  const isNoPlugin = ({ text }: Believed): boolean => text.endsWith("export default definePlugin");
  expect(believed.filter((one) => !isWhole(one) && !isNoPlugin(one))).toEqual([]);
}, 60_000);

test("A writer that stops where a module could end, and lacks nothing, is taken at its word after its line feed", async () => {
  const write = (label: string): string => `// ${label}\nexport default 1;\nconsole.log("${label}");\n`;
  const believed = await stopEverywhere(write);
  const cut = believed.find(({ text }) => text.endsWith("\n"));
  expect(cut?.text).toBe("// two\nexport default 1;\n");
  expect(believed.filter((one) => one !== cut && one.waitedMs < 500)).toEqual([]);
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
