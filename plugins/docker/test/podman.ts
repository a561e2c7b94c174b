import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why there is no Podman to test with, if there is none. */
export function podmanMissing(): string | undefined {
  for (const program of ["/usr/bin/podman", "/usr/bin/runc", "/bin/busybox"]) {
    if (!existsSync(program)) return `${program} is not installed (apt-get install podman runc busybox-static)`;
  }
  return process.getuid?.() === 0 ? undefined : "Podman without a user's folders is only tried as root";
}

/** An engine with one image, `tiny`, made of a static Busybox. */
export interface Engine extends AsyncDisposable {
  socket: string;
  /** The containers there are, running or not. */
  containers(): string[];
}

export async function openEngine(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), "berth-podman-"));
  const own = [
    "--root",
    join(folder, "root"),
    "--runroot",
    join(folder, "run"),
    "--storage-driver",
    "vfs",
    "--runtime",
    "runc",
  ];
  const global = [...own, "--cgroup-manager", "cgroupfs", "--events-backend", "file"];
  // Its own limits may be higher than what this machine lets it set.
  const settings = join(folder, "containers.conf");
  writeFileSync(settings, '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n');
  const env = { ...process.env, CONTAINERS_CONF: settings };
  const podman = (...words: string[]): string =>
    execFileSync("podman", [...global, ...words], { encoding: "utf8", stdio: "pipe", env });
  podman("import", tarOf(folder), "tiny");
  const socket = join(folder, "podman.sock");
  const watcher = watch(folder);
  const service = spawn("podman", [...global, "system", "service", "--time", "0", `unix://${socket}`], {
    stdio: "ignore",
    env,
  });
  while (!existsSync(socket)) await once(watcher, "change");
  watcher.close();
  return {
    socket,
    containers: () => podman("ps", "-aq").split("\n").filter(Boolean),
    async [Symbol.asyncDispose]() {
      podman("rm", "-af", "-t", "0");
      service.kill("SIGTERM");
      await once(service, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function tarOf(folder: string): string {
  const bin = join(folder, "image/bin");
  mkdirSync(bin, { recursive: true });
  copyFileSync("/bin/busybox", join(bin, "busybox"));
  for (const name of ["sh", "echo", "sleep", "cat", "pwd", "printf", "head", "env"])
    symlinkSync("busybox", join(bin, name));
  const archive = join(folder, "image.tar");
  execFileSync("tar", ["-C", join(folder, "image"), "-cf", archive, "."]);
  return archive;
}
