import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtempDisposable, rename, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Saves a version, and says which version answers now. */
export interface Reloader extends AsyncDisposable {
  save(label: string): Promise<void>;
  ask(): Promise<string>;
}

const PEERS = join(import.meta.dirname, "../../peers/node_modules");

/** Whether the peers that are not installed with Berth are there: `npm ci --prefix bench/peers --ignore-scripts`. */
export const hasMorePeers = existsSync(join(PEERS, "koishi"));

/** Node.js itself: the whole program begins anew. */
export async function openNodeWatch(): Promise<Reloader> {
  await using opened = new AsyncDisposableStack();
  const { path: root } = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-bench-watch-")));
  const heard = opened.use(await openListener());
  const file = join(root, "main.mjs");
  const save = (label: string): Promise<void> => replace(file, `${heard.tell(label)}; setInterval(() => {}, 1000);`);
  await save("first");
  const child = spawn(process.execPath, ["--watch", "--watch-preserve-output", file], { stdio: "ignore", env: {} });
  opened.defer(async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  while (heard.latest() !== "first") await pause(5);
  const owned = opened.move();
  return { save, ask: async () => heard.latest(), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Cordis, as Koishi runs it, with its plugin for replacing modules as it is set up by default. */
export async function openKoishi(): Promise<Reloader> {
  await using opened = new AsyncDisposableStack();
  const { path: root } = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-bench-koishi-")));
  const heard = opened.use(await openListener());
  await symlink(PEERS, join(root, "node_modules"));
  await writeFile(join(root, "package.json"), '{ "name": "bench", "version": "1.0.0" }');
  await writeFile(join(root, "koishi.yml"), "plugins:\n  hmr:\n    root: ['.']\n  ./answering: {}\n");
  const file = join(root, "answering.js");
  const save = (label: string): Promise<void> =>
    writeFile(file, `exports.name = "answering"; exports.apply = () => { ${heard.tell(label)}; };`);
  await save("first");
  await writeFile(join(root, "main.cjs"), 'require("koishi/lib/worker");');
  const child = fork(join(root, "main.cjs"), {
    cwd: root,
    env: { KOISHI_CONFIG_FILE: "koishi.yml", HOME: root },
    stdio: "ignore",
    execArgv: [],
  });
  opened.defer(async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  while (heard.latest() !== "first") await pause(5);
  const owned = opened.move();
  return { save, ask: async () => heard.latest(), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Moleculer's hot reload, which takes a program in CommonJS, and files that are written in place. */
export async function openMoleculer(): Promise<Reloader> {
  await using opened = new AsyncDisposableStack();
  const { path: root } = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-bench-moleculer-")));
  const heard = opened.use(await openListener());
  const file = join(root, "answering.service.js");
  const save = (label: string): Promise<void> =>
    writeFile(file, `module.exports = { name: "answering", started() { ${heard.tell(label)}; } };`);
  await save("first");
  const library = JSON.stringify(fileURLToPath(import.meta.resolve("moleculer")));
  await writeFile(
    join(root, "main.cjs"),
    `const { ServiceBroker } = require(${library}.replace("index.mjs", "index.js"));
    const broker = new ServiceBroker({ logger: false, hotReload: true });
    broker.loadService(${JSON.stringify(file)});
    broker.start();`,
  );
  const child = spawn(process.execPath, [join(root, "main.cjs")], { stdio: "ignore", cwd: root, env: {} });
  opened.defer(async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  while (heard.latest() !== "first") await pause(5);
  const owned = opened.move();
  return { save, ask: async () => heard.latest(), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** As an editor saves: whole, in one step. */
export async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
}

/** Hears which version says that it is there. */
async function openListener() {
  let latest = "none";
  const server = createServer((request, response) => {
    latest = decodeURIComponent(request.url!.slice(1));
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    latest: () => latest,
    tell: (label: string) =>
      `process.getBuiltinModule("node:http").get("http://127.0.0.1:${port}/${encodeURIComponent(label)}")`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
