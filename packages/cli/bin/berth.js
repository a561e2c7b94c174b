#!/usr/bin/env node
// The launcher. Plain JavaScript without static imports: it must run on Node.js 18 and be done with `--version` before anything else is
// read.

// An import would read each export of it, and load streams and promises with that: four milliseconds. Node.js 18 has no other way.
const { existsSync, readFileSync } = process.getBuiltinModule?.("node:fs") ?? (await import("node:fs"));
const args = process.argv.slice(2);

/** For output that is still on its way. */
const LINGER_MS = 1_000;

if (args[0] === "--version" || args[0] === "-V") {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  process.stdout.write(`${version}\n`);
} else if (isNodeNewEnough()) {
  keepCompiledCode();
  const built = new URL("../dist/main.js", import.meta.url);
  const wantsSource = process.env.BERTH_FROM_SOURCE === "1";
  if (!wantsSource && !existsSync(built)) (await import("./build-first.js")).buildFirst();
  const isFromSource = wantsSource || !existsSync(built);
  const { main } = await import(isFromSource ? new URL("../src/main.ts", import.meta.url) : built);
  process.exitCode = await main(args);
  // What is still open then was given up: a second Ctrl-C, a thread in native code that nothing can end.
  setTimeout(() => process.exit(), LINGER_MS).unref();
} else {
  const { relaunch } = await import("./relaunch.js");
  relaunch();
}

/** As `engines` in package.json: ^24.15.0 || >=26 */
function isNodeNewEnough() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return (major === 24 && minor >= 15) || major >= 26;
}

/**
 * Compiled code is kept in the user's own cache folder, not in the shared temporary one that Node.js would take: whoever can write
 * there can make others run code.
 */
function keepCompiledCode() {
  const { NODE_COMPILE_CACHE, XDG_CACHE_HOME, HOME, LOCALAPPDATA } = process.env;
  const cache = XDG_CACHE_HOME || (HOME && `${HOME}/.cache`) || LOCALAPPDATA;
  const folder = NODE_COMPILE_CACHE || (cache && `${cache}/berth/compiled`);
  if (folder) process.getBuiltinModule("node:module").enableCompileCache(folder);
}
