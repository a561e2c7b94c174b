import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtempDisposable, symlink, writeFile } from "node:fs/promises";
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
export function openNodeWatch(): Promise<Reloader> {
  return openPeer({
    file: "main.mjs",
    code: (tell) => `${tell}; setInterval(() => {}, 1000);`,
    start: async (root) => {
      const args = ["--watch", "--watch-preserve-output", join(root, "main.mjs")];
      return spawn(process.execPath, args, { stdio: "ignore", env: {}, detached: true });
    },
  });
}

/** Cordis, as Koishi runs it, with its plugin for replacing modules as it is set up by default. */
export function openKoishi(): Promise<Reloader> {
  return openPeer({
    file: "answering.js",
    code: (tell) => `exports.name = "answering"; exports.apply = () => { ${tell}; };`,
    start: async (root) => {
      await symlink(PEERS, join(root, "node_modules"));
      await writeFile(join(root, "package.json"), '{ "name": "bench", "version": "1.0.0" }');
      await writeFile(join(root, "koishi.yml"), "plugins:\n  hmr:\n    root: ['.']\n  ./answering: {}\n");
      await writeFile(join(root, "main.cjs"), 'require("koishi/lib/worker");');
      const env = { KOISHI_CONFIG_FILE: "koishi.yml", HOME: root };
      return fork(join(root, "main.cjs"), { cwd: root, env, stdio: "ignore", execArgv: [], detached: true });
    },
  });
}

/** Moleculer's hot reload, which takes a program in CommonJS. */
export function openMoleculer(): Promise<Reloader> {
  return openPeer({
    file: "answering.service.js",
    code: (tell) => `module.exports = { name: "answering", started() { ${tell}; } };`,
    start: async (root) => {
      const library = fileURLToPath(import.meta.resolve("moleculer")).replace("index.mjs", "index.js");
      await writeFile(
        join(root, "main.cjs"),
        `const { ServiceBroker } = require(${JSON.stringify(library)});
        const broker = new ServiceBroker({ logger: false, hotReload: true });
        broker.loadService(${JSON.stringify(join(root, "answering.service.js"))});
        broker.start();`,
      );
      return spawn(process.execPath, [join(root, "main.cjs")], { stdio: "ignore", cwd: root, env: {}, detached: true });
    },
  });
}

interface Peer {
  /** What is saved, in the peer's folder. */
  file: string;
  /** @param tell a statement by which a version says that it is there. */
  code(tell: string): string;
  start(root: string): Promise<ChildProcess>;
}

/** A peer in a process of its own; its file is written in place, since not all notice one that is renamed over theirs. */
async function openPeer(peer: Peer): Promise<Reloader> {
  await using opened = new AsyncDisposableStack();
  const { path: root } = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-bench-peer-")));
  const heard = opened.use(await openListener());
  const save = (label: string): Promise<void> => writeFile(join(root, peer.file), peer.code(heard.tell(label)));
  await save("first");
  const child = await peer.start(root);
  opened.defer(async () => {
    // With what it started: the one that watches has another process run the code.
    process.kill(-child.pid!, "SIGKILL");
    await once(child, "exit");
  });
  while (heard.latest() !== "first") await pause(5);
  const owned = opened.move();
  return { save, ask: async () => heard.latest(), [Symbol.asyncDispose]: () => owned.disposeAsync() };
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
