import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";

/** What a process told the system to do with files, in its order. Paths are absolute; what failed is left out. */
export type DiskEvent =
  | { do: "create"; path: string; truncates: boolean }
  | { do: "folder"; path: string }
  | { do: "write"; path: string; at: number | undefined; bytes: Buffer }
  | { do: "truncate"; path: string; size: number }
  /** `id` is that of its end: what came before the beginning is on the disk once it has ended. */
  | { do: "sync"; path: string; id: number }
  | { do: "synced"; id: number }
  | { do: "rename"; path: string; to: string }
  | { do: "remove"; path: string }
  /** It printed a line: it acknowledged something. */
  | { do: "print"; text: string };

const CALLS =
  "openat,creat,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync_file_range,ftruncate,fallocate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,copy_file_range,sendfile";

/** Whether this machine can tell what a process writes. */
export async function canTrace(): Promise<boolean> {
  return (await run("strace", ["-o", "/dev/null", "true"]).catch(() => 1)) === 0;
}

/** Runs a Node.js script and tells what it did. */
export async function traceDisk(script: string, args: readonly string[], traceFile: string): Promise<DiskEvent[]> {
  const strace = ["-f", "-y", "-xx", "-s", "100000000", "-e", `trace=${CALLS}`, "-o", traceFile];
  const code = await run("strace", [...strace, process.execPath, script, ...args]);
  if (code !== 0) throw new Error(`The process that was traced ended with ${code}`);
  return parseTrace(await readFile(traceFile, "latin1"));
}

function run(program: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "ignore", "inherit"],
      timeout: 120_000,
      killSignal: "SIGKILL",
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(code));
  });
}

const LINE = /^(\d+) +(.*)$/;
const CALL = /^(\w+)\((.*)\) += (-?\d+|\?)/s;
const FD = /^(\d+)<([^>]*)>/;
const TEXT = /"((?:\\x[0-9a-f]{2})*)"/g;
const RESUMED = /^<\.\.\. (\w+) resumed>(.*)$/s;

/** The lines of `strace -f -y -xx`. A call that others come in between counts where it began; a sync ends where it ended. */
export function parseTrace(text: string): DiskEvent[] {
  const events: DiskEvent[] = [];
  const unfinished = new Map<string, { begun: string; at: number; id: number }>();
  let syncs = 0;
  for (const row of text.split("\n")) {
    const [, pid = "", line = ""] = LINE.exec(row) ?? [];
    const resumed = RESUMED.exec(line);
    const before = resumed ? unfinished.get(pid) : undefined;
    if (line.endsWith("<unfinished ...>")) {
      const begun = line.slice(0, -"<unfinished ...>".length);
      const id = ++syncs;
      unfinished.set(pid, { begun, at: events.length, id });
      const sync = /^f(?:data)?sync\((.*)$/s.exec(begun);
      const path = sync && pathOf(sync[1]!);
      if (path) events.push({ do: "sync", path, id });
    } else if (resumed && before) {
      unfinished.delete(pid);
      const event = parseCall(before.begun + resumed[2]!);
      if (event?.do === "sync") events.push({ do: "synced", id: before.id });
      else if (event) events.splice(before.at, 0, event);
    } else {
      const event = parseCall(line);
      if (event?.do === "sync") events.push({ ...event, id: ++syncs }, { do: "synced", id: syncs });
      else if (event) events.push(event);
    }
  }
  return events;
}

function parseCall(line: string): DiskEvent | undefined {
  const [, name, args = "", result = "-1"] = CALL.exec(line) ?? [];
  if (name === undefined || Number(result) < 0) return undefined;
  const texts = [...args.matchAll(TEXT)].map((match) => bytesOf(match[1]!));
  const [first, second] = texts.map(String);
  switch (name) {
    case "openat":
      return args.includes("O_CREAT") || args.includes("O_TRUNC")
        ? { do: "create", path: first!, truncates: args.includes("O_TRUNC") }
        : undefined;
    case "mkdir":
    case "mkdirat":
      return { do: "folder", path: first! };
    case "rename":
    case "renameat":
    case "renameat2":
      return { do: "rename", path: first!, to: second! };
    case "unlink":
    case "unlinkat":
    case "rmdir":
      return { do: "remove", path: first! };
    case "fsync":
    case "fdatasync":
      return { do: "sync", path: pathOf(args) ?? "", id: 0 };
    case "ftruncate":
      return { do: "truncate", path: pathOf(args) ?? "", size: Number(args.split(", ").at(-1)) };
    case "write":
      if (args.startsWith("1<")) return { do: "print", text: texts[0]!.toString() };
      return { do: "write", path: pathOf(args) ?? "", at: undefined, bytes: texts[0] ?? Buffer.alloc(0) };
    case "pwrite64":
      return {
        do: "write",
        path: pathOf(args) ?? "",
        at: Number(args.split(", ").at(-1)),
        bytes: texts[0]!.subarray(0, Number(result)),
      };
    default:
      throw new Error(`What ${name} does to the disk is not known here`);
  }
}

/** Of the first argument, a descriptor; absent for pipes and sockets. */
function pathOf(args: string): string | undefined {
  const path = FD.exec(args)?.[2];
  return path === undefined ? undefined : bytesOf(path).toString();
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.replaceAll("\\x", ""), "hex");
}
