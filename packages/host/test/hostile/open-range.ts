import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { chmod, mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { url as inspectorUrl } from "node:inspector";
import { once } from "node:events";
import type { Aim } from "./plugin/aim.ts";

/** A place with something worth stealing, which notes from outside what became of it. */
export interface Range extends AsyncDisposable {
  readonly folder: string;
  readonly token: string;
  /** Everything but the two that differ by plugin. */
  readonly aim: Omit<Aim, "codeFolder" | "otherData">;
  /** What has been broken since the last look, in words; empty when nothing was. */
  damages(): Promise<string[]>;
}

const SIGNALS = ["SIGUSR1", "SIGUSR2", "SIGHUP", "SIGTERM", "SIGCONT"] as const;

/** Opens a range in a folder that every user of the machine may read. */
export async function openRange(): Promise<Range> {
  await using opened = new AsyncDisposableStack();
  const token = `TOKEN-${randomBytes(12).toString("hex")}`;
  const folder = await mkdtemp(join(tmpdir(), "berth-range-"));
  // Node.js cannot remove folders nested so deeply that their paths are too long.
  opened.defer(() => void execFileSync("rm", ["-rf", folder]));
  await chmod(folder, 0o755);
  const openFolder = join(folder, "open");
  await mkdir(openFolder);
  await chmod(openFolder, 0o777);
  const files = {
    secretFile: join(folder, "secret.env"),
    secretModule: join(folder, "secret.mjs"),
    secretJson: join(folder, "secret.json"),
    victimFile: join(openFolder, `victim-${token}.txt`),
  };
  await writeFile(files.secretFile, `SECRET=${token}\n`);
  await writeFile(files.secretModule, `export const secret = "${token}";\n`);
  await writeFile(files.secretJson, JSON.stringify({ secret: token }));
  await writeFile(files.victimFile, "leave me alone");
  await chmod(files.victimFile, 0o666);
  const before = await stateOf(openFolder);

  const visits: string[] = [];
  const tcp = opened.use(await listen((server) => server.listen(0, "127.0.0.1"), token, "TCP", visits));
  const unixPath = join(folder, "unix.sock");
  opened.use(await listen((server) => server.listen(unixPath), token, "unix socket", visits));
  await chmod(unixPath, 0o777);
  const abstractName = `berth-range-${process.pid}`;
  opened.use(await listen((server) => server.listen(`\0${abstractName}`), token, "abstract socket", visits));
  const udp = createSocket("udp4").on("message", () => visits.push("UDP"));
  opened.defer(() => void udp.close());
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");

  const victim = spawn(process.execPath, ["-e", "setInterval(() => 0, 1e6)"], { stdio: "ignore", env: {} });
  opened.defer(() => void victim.kill("SIGKILL"));
  await once(victim, "spawn");
  const signals: string[] = [];
  for (const signal of SIGNALS) {
    const note = (): void => void signals.push(signal);
    process.on(signal, note);
    opened.defer(() => void process.off(signal, note));
  }

  const owned = opened.move();
  return {
    folder,
    token,
    aim: {
      ...files,
      openFolder,
      tcpPort: (tcp.server.address() as { port: number }).port,
      udpPort: udp.address().port,
      unixPath,
      abstractName,
      victimPid: victim.pid!,
      hostPid: process.pid,
    },
    async damages() {
      const found = [
        ...visits.splice(0).map((kind) => `came through by ${kind}`),
        ...signals.splice(0).map((signal) => `sent the host ${signal}`),
      ];
      if (victim.exitCode !== null || victim.signalCode !== null) found.push("ended a process of the host's user");
      if (inspectorUrl() !== undefined) found.push("opened the host's inspector");
      if ((await stateOf(openFolder)) !== before) found.push("changed a folder outside");
      for (const base of [{}, []])
        if (Reflect.get(base, "polluted") !== undefined) found.push("changed the host's objects");
      return found;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Names and contents of a folder. */
async function stateOf(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(folder)).toSorted()) {
    const content = await readFile(join(folder, name)).catch(() => "unreadable");
    hash.update(`${name}\0`).update(content).update("\0");
  }
  return hash.digest("hex");
}

async function listen(
  start: (server: Server) => Server,
  token: string,
  kind: string,
  visits: string[],
): Promise<{ server: Server } & AsyncDisposable> {
  const server = createServer((socket) => {
    visits.push(kind);
    socket.on("error", () => undefined);
    socket.end(`${token}\n`);
  });
  await once(start(server), "listening");
  return {
    server,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
