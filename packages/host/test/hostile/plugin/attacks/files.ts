import { type Attack, each, node } from "../aim.ts";

type Fs = typeof import("node:fs");
const fs = (): Fs => node<Fs>("node:fs");

/** Files that were not granted. */
export const FILES: Record<string, Attack> = {
  "read-secret": ({ secretFile }) => fs().readFileSync(secretFile, "utf8"),
  "read-passwd": () => fs().readFileSync("/etc/passwd", "utf8").replace("root:", "TOKEN root:"),
  "read-shadow": () => `TOKEN ${fs().readFileSync("/etc/shadow", "utf8")}`,
  "read-by-stream": async ({ secretFile }) => (await fs().createReadStream(secretFile).toArray()).join(""),
  "read-by-blob": async ({ secretFile }) => (await fs().openAsBlob(secretFile)).text(),
  "list-folder-of-secret": ({ openFolder }) => fs().readdirSync(openFolder),
  "list-parent-of-everything": ({ openFolder }) => fs().readdirSync(`${openFolder}/..`),
  "write-outside": ({ openFolder }) => fs().writeFileSync(`${openFolder}/written`, "x"),
  "make-folder-outside": ({ openFolder }) => fs().mkdirSync(`${openFolder}/made`),
  "change-victim": ({ victimFile }) =>
    each([
      () => fs().appendFileSync(victimFile, "x"),
      () => fs().truncateSync(victimFile),
      () => fs().chmodSync(victimFile, 0),
      () => fs().utimesSync(victimFile, 0, 0),
      () => fs().renameSync(victimFile, `${victimFile}.moved`),
      () => fs().rmSync(victimFile),
    ]),
  "change-own-code": ({ codeFolder }) =>
    each([
      () => fs().writeFileSync(`${codeFolder}/plugin.toml`, "changed"),
      () => fs().writeFileSync("/plugin/plugin.toml", "changed"),
      () => fs().writeFileSync(new URL("../../plugin.toml", import.meta.url), "changed"),
    ]),
  "read-by-symlink": ({ secretFile }) => {
    fs().symlinkSync(secretFile, "/tmp/link");
    return fs().readFileSync("/tmp/link", "utf8");
  },
  "read-by-hard-link": ({ secretFile }) => {
    fs().linkSync(secretFile, "/tmp/hard");
    return fs().readFileSync("/tmp/hard", "utf8");
  },
  "read-by-copy": ({ secretFile }) => {
    fs().copyFileSync(secretFile, "/tmp/copy");
    return fs().readFileSync("/tmp/copy", "utf8");
  },
  "link-for-the-host": async ({ secretFile }, ctx) => {
    await ctx.files.write("folder/own.txt", "own");
    await each([
      () => fs().symlinkSync(secretFile, "/data/link"),
      () => fs().symlinkSync("/", "/data/root"),
      () => fs().symlinkSync(secretFile, "link"),
    ]);
    return each([() => ctx.files.readText("link"), () => ctx.files.readText(`root${secretFile}`)]);
  },
  "read-by-proc-root": ({ secretFile, hostPid }) =>
    each([
      () => fs().readFileSync(`/proc/${hostPid}/root${secretFile}`, "utf8"),
      () => fs().readFileSync(`/proc/1/root${secretFile}`, "utf8"),
      () => fs().readFileSync(`/proc/self/root${secretFile}`, "utf8"),
      () => fs().readFileSync(`/proc/self/cwd/../../../../../../${secretFile}`, "utf8"),
    ]),
  "read-by-descriptors": () =>
    each(
      Array.from({ length: 64 }, (_, fd) => () => {
        if (fd < 5) throw new Error("its own");
        const target = fs().readlinkSync(`/proc/self/fd/${fd}`);
        return [target, fs().readFileSync(`/proc/self/fd/${fd}`, "utf8")];
      }),
    ),
  "walk-up-from-descriptors": ({ secretFile }) =>
    each(
      Array.from(
        { length: 64 },
        (_, fd) => () => fs().readFileSync(`/proc/self/fd/${fd}/../../../../../..${secretFile}`, "utf8"),
      ),
    ),
  "import-secret": async ({ secretModule, secretJson }) =>
    each([
      async () => ((await import(secretModule)) as { secret: string }).secret,
      async () => (await import(secretJson, { with: { type: "json" } })) as unknown,
      () => node<typeof import("node:module")>("node:module").createRequire("/")(secretModule) as unknown,
      () => node<typeof import("node:module")>("node:module").createRequire("/")(secretJson) as unknown,
    ]),
  "load-as-environment": ({ secretFile }) => {
    process.loadEnvFile(secretFile);
    return { ...process.env };
  },
  "sqlite-outside": ({ openFolder }) => {
    const { DatabaseSync } = node<typeof import("node:sqlite")>("node:sqlite");
    new DatabaseSync(`${openFolder}/written.db`).exec("CREATE TABLE t (a)");
  },
  "sqlite-attach-outside": ({ openFolder }) => {
    const { DatabaseSync } = node<typeof import("node:sqlite")>("node:sqlite");
    const database = new DatabaseSync(":memory:");
    database.exec(`ATTACH '${openFolder}/attached.db' AS a; CREATE TABLE a.t (b)`);
  },
  "sqlite-vacuum-outside": ({ openFolder }) => {
    const { DatabaseSync } = node<typeof import("node:sqlite")>("node:sqlite");
    new DatabaseSync(":memory:").exec(`VACUUM INTO '${openFolder}/vacuumed.db'`);
  },
  "report-outside": ({ openFolder }) => process.report.writeReport(`${openFolder}/written.json`),
  "heap-snapshot-outside": ({ openFolder }) =>
    node<typeof import("node:v8")>("node:v8").writeHeapSnapshot(`${openFolder}/written.heapsnapshot`),
  "engine-log-outside": ({ openFolder }) => {
    const v8 = node<typeof import("node:v8")>("node:v8");
    v8.setFlagsFromString(`--logfile=${openFolder}/written.log`);
    v8.setFlagsFromString("--log-all");
    v8.setFlagsFromString("--prof");
  },
  "wasi-outside": async ({ openFolder, secretFile }) => {
    const { WASI } = node<typeof import("node:wasi")>("node:wasi");
    const wasi = new WASI({ version: "preview1", preopens: { "/": "/", "/open": openFolder } });
    return [Object.keys(wasi.wasiImport).length > 0 ? fs().readFileSync(secretFile, "utf8") : ""];
  },
  "watch-outside": async ({ openFolder }) => {
    const watcher = fs().watch(openFolder);
    const seen = await new Promise((resolve) => {
      watcher.once("change", (_kind, name) => resolve(name));
      setTimeout(() => resolve("nothing"), 300);
    });
    watcher.close();
    return seen === "nothing" ? seen : `TOKEN ${String(seen)}`;
  },
  "exists-outside": ({ secretFile }) => {
    if (!fs().existsSync(secretFile)) throw new Error("not there");
    return "TOKEN it is there";
  },
  "context-files-outside": async ({ secretFile, otherData }, ctx) =>
    each([
      () => ctx.files.readText(secretFile),
      () => ctx.files.readText(`../../../../../../../../../..${secretFile}`),
      () => ctx.files.readText(`${otherData}/token.txt`),
      () => ctx.files.readText("../neighbour/token.txt"),
      () => ctx.files.readText("folder/../../neighbour/token.txt"),
      () => ctx.files.readText("..\u0000/neighbour/token.txt"),
      () => ctx.files.list(".."),
      () => ctx.files.list("/"),
    ]),
  "context-files-write-outside": async ({ openFolder, codeFolder }, ctx) =>
    each([
      () => ctx.files.write(`${openFolder}/written`, "x"),
      () => ctx.files.write(`${codeFolder}/plugin.toml`, "x"),
      () => ctx.files.write("../neighbour/token.txt", "x"),
      () => ctx.files.remove("../neighbour/token.txt"),
    ]),
};
