import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HostUser, ORDINARY_ID } from "./attempts.ts";

/** What a plugin must not reach, and what shows whether it did. */
export interface Scene extends AsyncDisposable {
  /** A folder that the plugin is given, writable. */
  data: string;
  /** One that it is given to read. */
  reading: string;
  /** A file that it is not given; everybody may read it. */
  secret: string;
  /** A process of the host's user. */
  victim: ChildProcess;
  tcpPort: number;
  udpPort: number;
  unixPath: string;
  abstractName: string;
  /** How often any of the sockets heard of somebody. */
  callers: () => number;
}

/** Sets the scene for a host that runs as `user`. */
export async function openScene(user: HostUser): Promise<Scene> {
  await using opened = new AsyncDisposableStack();
  const root = await mkdtemp(join(await realpath(tmpdir()), "berth-isolation-"));
  opened.defer(() => rm(root, { recursive: true, force: true }));
  const [data, reading, secret, unixPath] = ["data", "reading", "secret.txt", "host.sock"].map((name) =>
    join(root, name),
  ) as [string, string, string, string];
  await chmod(root, 0o755);
  await mkdir(data);
  await mkdir(reading);
  await writeFile(join(reading, "note.txt"), "a note\n");
  await writeFile(secret, "a secret\n");
  for (const folder of [data, reading]) await symlink(secret, join(folder, "escape"));
  const isOther = user === "ordinary" && process.getuid?.() === 0;
  if (isOther) for (const path of [root, data, reading, secret]) await chown(path, ORDINARY_ID, ORDINARY_ID);
  const victim = spawn("sleep", ["120"], {
    stdio: "ignore",
    ...(isOther ? { uid: ORDINARY_ID, gid: ORDINARY_ID } : {}),
  });
  opened.defer(() => void victim.kill("SIGKILL"));
  await once(victim, "spawn");

  let callers = 0;
  const listen = async (...where: [number, string] | [string]): Promise<number> => {
    const server = createServer((socket) => {
      callers += 1;
      socket.destroy();
    });
    opened.defer(() => void server.close());
    if (where.length === 2) server.listen(...where);
    else server.listen(where[0]);
    await once(server, "listening");
    const address = server.address() as AddressInfo | string;
    return typeof address === "string" ? 0 : address.port;
  };
  const abstractName = `berth-isolation-${process.pid}-${victim.pid}`;
  const tcpPort = await listen(0, "127.0.0.1");
  await listen(unixPath);
  await chmod(unixPath, 0o777);
  await listen(`\0${abstractName}`);
  const udp = createSocket("udp4", () => (callers += 1));
  opened.defer(() => void udp.close());
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");

  const owned = opened.move();
  return {
    data,
    reading,
    secret,
    victim,
    tcpPort,
    udpPort: udp.address().port,
    unixPath,
    abstractName,
    callers: () => callers,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
