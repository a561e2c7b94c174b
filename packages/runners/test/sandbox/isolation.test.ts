import type { Primitive, SandboxLevel, SandboxSpec } from "../../src/sandbox/index.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Architecture, callTable } from "../../src/sandbox/seccomp/call-table.ts";
import { type Attempt, type HostUser, SCRIPT_FOLDER, askFor, readAnswers, runHost, whyNot } from "./attempts.ts";
import { type Scene, openScene } from "./scene.ts";

/** What is tried, and what must come of it in each kind of sandbox. */
type Trials = Record<string, { attempt: Attempt; full: unknown; landlock: unknown }>;

/** How to get to each level on a machine that has all of them. */
const HIDE: Record<Exclude<SandboxLevel, "none">, Primitive[]> = { full: [], landlock: ["bwrap"] };
const USERS: HostUser[] = ["root", "ordinary"];
const MATRIX = USERS.flatMap((user) => (["full", "landlock"] as const).map((level) => ({ user, level })));

const NUMBERS = callTable(process.arch as Architecture).byName;
const call = (name: string, ...args: (string | number)[]): Attempt => ["call", NUMBERS.get(name) ?? 9_999, ...args];
const both = (attempt: Attempt, answer: unknown): Trials[string] => ({ attempt, full: answer, landlock: answer });

const MIB = 2 ** 20;
const LIMITS: SandboxSpec["limits"] = {
  memoryMb: 64,
  fileHandles: 64,
  fileSizeMb: 8,
  processes: 0,
  tasks: 32,
  temporaryMb: 4,
};

/** A host at work: one level, one user. */
type Where = (typeof MATRIX)[number];

/** A group of trials that one test is about. */
interface Group {
  title: string;
  trials: () => Trials;
  /** What the program is granted besides. */
  granted?: Partial<SandboxSpec>;
}

/** Runs the trials of all `groups` in one program of `scene` and tells what came of each. */
async function run({ user, level }: Where, scene: Scene, groups: readonly Group[]): Promise<HostReport> {
  const attempts = Object.fromEntries(
    groups.flatMap(({ title, trials }) =>
      Object.entries(trials()).map(([name, { attempt }]) => [`${title}: ${name}`, attempt]),
    ),
  );
  const folder = level === "full" ? "/plugin" : SCRIPT_FOLDER;
  const answer = await runHost(user, {
    hide: HIDE[level],
    give: [scene.data],
    input: askFor(attempts),
    spec: {
      command: ["/usr/bin/perl", join(folder, "attempts.pl")],
      env: { GRANTED: "yes" },
      system: "programs",
      mounts: [
        { from: SCRIPT_FOLDER, to: "/plugin", isWritable: false },
        { from: scene.data, to: "/data", isWritable: true },
        { from: scene.reading, to: "/reading", isWritable: false },
      ],
      workingFolder: "/",
      limits: LIMITS,
      // Perl has next to nothing, and the limits are tried with large margins.
      dataBaseMb: 0,
      ...groups[0]?.granted,
    },
  });
  return { level: answer.level, seen: readAnswers(attempts, answer.stdout) };
}

/** What a host of a test came to. */
interface HostReport {
  level: string;
  seen: Record<string, unknown>;
}

describe.each(MATRIX)("in $level, the host being $user, a program", (where) => {
  const reason = whyNot(where.user);
  const groups: Group[] = [];
  let scene: Scene;
  let reports: HostReport[];
  beforeAll(async () => {
    if (reason !== undefined) return;
    scene = await openScene(where.user);
    const [plain, granted] = [groups.filter((group) => !group.granted), groups.filter((group) => group.granted)];
    reports = await Promise.all([run(where, scene, plain), run(where, scene, granted)]);
  });
  afterAll(() => scene?.[Symbol.asyncDispose]());
  /** Paths as the program finds them. */
  const at = (inside: string, name: string): string =>
    join(where.level === "full" ? inside : inside === "/data" ? scene.data : scene.reading, name);

  const check = (title: string, trials: () => Trials, granted?: Partial<SandboxSpec>): void => {
    groups.push({ title, trials, ...(granted === undefined ? {} : { granted }) });
    // oxlint-disable-next-line vitest/valid-title -- each call below gives one
    test(title, async ({ skip }) => {
      if (reason !== undefined) skip(reason);
      const { level, seen } = reports[granted === undefined ? 0 : 1]!;
      if (level !== where.level) skip(`this machine has no sandbox of the kind ${where.level}, but ${level}`);
      const names = Object.keys(trials());
      expect(Object.fromEntries(names.map((name) => [name, seen[`${title}: ${name}`]]))).toEqual(
        Object.fromEntries(Object.entries(trials()).map(([name, trial]) => [name, trial[where.level]])),
      );
      expect(scene.callers()).toBe(0);
      expect([scene.victim.exitCode, scene.victim.signalCode]).toEqual([null, null]);
      expect(await readFile(scene.secret, "utf8")).toBe("a secret\n");
    });
  };

  check("reads and writes what it was given and nothing else [RPT-142, RPT-146, OPS-20]", () => ({
    "a file it was given": both(["read", at("/reading", "note.txt")], "ok a note"),
    "its own folder": both(["write", at("/data", "own.txt")], "ok 8"),
    accounts: { attempt: ["read", "/etc/passwd"], full: "ENOENT", landlock: "EACCES" },
    shadow: { attempt: ["read", "/etc/shadow"], full: "ENOENT", landlock: "EACCES" },
    "a foreign file": { attempt: ["read", scene.secret], full: "ENOENT", landlock: "EACCES" },
    "write a foreign file": { attempt: ["write", scene.secret], full: "ENOENT", landlock: "EACCES" },
    "a link out of its folder": { attempt: ["read", at("/data", "escape")], full: "ENOENT", landlock: "EACCES" },
    "a link out of a given folder": { attempt: ["read", at("/reading", "escape")], full: "ENOENT", landlock: "EACCES" },
    "make a link out": both(["link", "/etc/passwd", at("/data", "made")], "ok 1"),
    "follow it": { attempt: ["read", at("/data", "made")], full: "ENOENT", landlock: "EACCES" },
    "write what is to be read": {
      attempt: ["write", at("/reading", "note.txt")],
      full: expect.stringMatching("EROFS|EACCES"),
      landlock: "EACCES",
    },
    "add to what is to be read": { attempt: ["write", at("/reading", "new.txt")], full: "EROFS", landlock: "EACCES" },
    "write to the system": { attempt: ["write", "/usr/lib/new"], full: "EROFS", landlock: "EACCES" },
    "write to the root": { attempt: ["write", "/new"], full: "EROFS", landlock: "EACCES" },
    "write to the devices": { attempt: ["write", "/dev/new"], full: "EROFS", landlock: "EACCES" },
    "list the root": { attempt: ["list", "/"], full: expect.stringMatching(/^ok [a-z0-9 ]+$/), landlock: "EACCES" },
    "list homes": { attempt: ["list", "/root"], full: "ENOENT", landlock: "EACCES" },
    "a terminal": { attempt: ["read", "/dev/tty"], full: "ENOENT", landlock: "EACCES" },
    "a device for shared memory": { attempt: ["read", "/dev/zero"], full: "ENOENT", landlock: "EACCES" },
    "change rights of a foreign file": {
      attempt: call("fchmodat", -100, `s:${scene.secret}`, 0o600),
      full: "ENOENT",
      landlock: "EPERM",
    },
    "cut a foreign file": { attempt: call("truncate", `s:${scene.secret}`, 0), full: "ENOENT", landlock: "EACCES" },
    "see that a foreign file is there": { attempt: ["stat", scene.secret], full: "ENOENT", landlock: "ok there" },
  }));

  check("finds nothing of the host round it [RPT-142, RPT-146]", () => ({
    environment: { attempt: ["env"], full: "ok GRANTED PWD", landlock: "ok GRANTED TMPDIR" },
    descriptors: both(["descriptors"], "ok 0 1 2 3"),
    "host name": { attempt: ["read", "/proc/sys/kernel/hostname"], full: "ok plugin", landlock: "EACCES" },
    "other processes": { attempt: ["processes"], full: "ok", landlock: "EACCES" },
    "the host's environment": { attempt: ["read", `/proc/${process.pid}/environ`], full: "ENOENT", landlock: "EACCES" },
    "the victim's memory": { attempt: ["write", `/proc/${scene.victim.pid}/mem`], full: "ENOENT", landlock: "EACCES" },
    "the first process's memory": both(["write", "/proc/1/mem"], "EACCES"),
    "the first process's command": both(["read", "/proc/1/cmdline"], "EACCES"),
    "control groups": { attempt: ["list", "/sys/fs/cgroup"], full: "ENOENT", landlock: "EACCES" },
  }));

  check("reaches no process but itself [RPT-146]", () => {
    const victim = scene.victim.pid!;
    const signalled = { full: "ESRCH", landlock: "EPERM" };
    const limited = { full: "ESRCH", landlock: "EPERM" };
    return {
      "end the victim": { attempt: call("kill", victim, 9), ...signalled },
      "end the host": { attempt: call("kill", process.pid, 9), ...signalled },
      "open the host's debugger": { attempt: call("kill", process.pid, 10), ...signalled },
      // The kernel calls it a success when it refused everybody.
      "end everybody": { attempt: call("kill", -1, 9), full: "ESRCH", landlock: "ok 0" },
      "end a thread": { attempt: call("tgkill", victim, victim, 9), ...signalled },
      "queue a signal": { attempt: call("rt_sigqueueinfo", victim, 9, "b:128"), full: "EPERM", landlock: "EPERM" },
      "take limits": { attempt: call("prlimit64", victim, 7, "b:16", 0), ...limited },
      "take priority": { attempt: call("setpriority", 0, victim, 19), ...limited },
      "trace it": both(call("ptrace", 16, victim, 0, 0), "EPERM"),
      "read its memory": both(call("process_vm_readv", victim, 0, 0, 0, 0, 0), "EPERM"),
      "write its memory": both(call("process_vm_writev", victim, 0, 0, 0, 0, 0), "EPERM"),
      "take its descriptor": both(call("pidfd_getfd", 0, 0, 0), "EPERM"),
      "outlive its host": both(call("prctl", 1, 0, 0, 0, 0), "EPERM"),
      "start a process": both(["fork"], "EPERM"),
      "start one by flags": both(call("clone", 17, 0, 0, 0, 0), "EPERM"),
      "start one anew": both(call("clone3", "b:88", 88), "ENOSYS"),
    };
  });

  check("opens no socket that was not granted [RPT-144]", () =>
    Object.fromEntries(
      Object.entries({
        tcp: [2, 1, 0],
        "tcp over IPv6": [10, 1, 0],
        udp: [2, 2, 0],
        raw: [2, 3, 1],
        ping: [2, 2, 1],
        unix: [1, 1, 0],
        "unix datagrams": [1, 2, 0],
        netlink: [16, 3, 0],
        packet: [17, 3, 0],
        vsock: [40, 1, 0],
        "kernel crypto": [38, 5, 0],
        bluetooth: [31, 3, 1],
        xdp: [44, 3, 0],
      }).map(([name, args]) => [name, both(call("socket", ...args), "EACCES")]),
    ),
  );

  check(
    "reaches nobody with the sockets that were granted [RPT-144]",
    () => {
      const port = (number: number): string => number.toString(16).padStart(4, "0");
      const localhost = (number: number): string => `0200${port(number)}7f0000010000000000000000`;
      const unix = (path: string): string => `0100${Buffer.from(path).toString("hex")}`;
      return {
        tcp: { attempt: ["connect", 2, 1, localhost(scene.tcpPort)], full: "ECONNREFUSED", landlock: "EACCES" },
        // It goes to the loopback of a network of its own.
        udp: { attempt: ["send", 2, 2, localhost(scene.udpPort)], full: "ok 1", landlock: "EACCES" },
        "a name server": {
          attempt: ["send", 2, 2, `0200${port(53)}7f000035${"0".repeat(16)}`],
          full: "ok 1",
          landlock: "EACCES",
        },
        "a socket file": { attempt: ["connect", 1, 1, unix(scene.unixPath)], full: "ENOENT", landlock: "EACCES" },
        "an abstract name": {
          attempt: ["connect", 1, 1, unix(`\0${scene.abstractName}`)],
          full: "ECONNREFUSED",
          landlock: "EACCES",
        },
        netlink: both(call("socket", 16, 3, 0), "EACCES"),
        vsock: both(call("socket", 40, 1, 0), "EACCES"),
        raw: both(call("socket", 2, 3, 1), "EACCES"),
      };
    },
    { socketFamilies: ["unix", "inet"] },
  );

  check("makes no system call that reaches past its walls [RPT-88, RPT-146, OPS-59]", () => ({
    ...Object.fromEntries(
      [
        call("mount", 0, "s:/tmp", "s:tmpfs", 0, 0),
        call("umount2", "s:/proc", 2),
        call("fsopen", "s:tmpfs", 0),
        call("unshare", 0x1000_0000),
        call("setns", 0, 0),
        call("pivot_root", "s:/", "s:/"),
        call("chroot", "s:/tmp"),
        call("io_uring_setup", 8, "b:120"),
        call("bpf", 0, "b:64", 64),
        call("perf_event_open", "b:128", 0, -1, -1, 0),
        call("keyctl", 0, 0, 0, 0, 0),
        call("add_key", "s:user", "s:x", "s:x", 1, -2),
        call("userfaultfd", 0),
        call("name_to_handle_at", -100, "s:/", "b:128", "b:8", 0),
        call("open_by_handle_at", -100, "b:8", 0),
        call("fanotify_init", 0, 0),
        call("mknodat", -100, "s:/tmp/pipe", 0o010_600, 0),
        call("personality", 0),
        call("setuid", 0),
        call("setresuid", 0, 0, 0),
        call("capset", "b:8", "b:24"),
        call("clock_settime", 0, "b:16"),
        call("acct", 0),
        call("swapoff", "s:/"),
        call("sethostname", "s:x", 1),
        call("init_module", 0, 0, "s:"),
        call("memfd_create", "s:x", 0),
        call("shmget", 0, 4_096, 0o1600),
        call("mremap", 0, 4_096, 8_192, 1),
        call("mq_open", "s:x", 0, 0, 0),
      ].map((attempt) => [attempt.join(" "), both(attempt, "EPERM")]),
    ),
    "type into a terminal": both(call("ioctl", 0, 0x5412, "s:x"), "EPERM"),
    "a call nobody knew": both(["call", 500], "ENOSYS"),
  }));

  check("keeps its limits [RPT-143, OPS-53]", () => ({
    "memory above the limit": both(call("mmap", 0, 65 * MIB, 3, 0x22, -1, 0), "ENOMEM"),
    "memory below it": both(call("mmap", 0, 32 * MIB, 3, 0x22, -1, 0), expect.stringMatching(/^ok \d+$/)),
    "shared memory": both(call("mmap", 0, MIB, 3, 0x21, -1, 0), "ENOMEM"),
    "memory that grows": both(call("mmap", 0, MIB, 3, 0x122, -1, 0), "ENOMEM"),
    "open files": both(
      ["open-many"],
      expect.toSatisfy((text: string) => Number(text.slice(3)) < LIMITS.fileHandles),
    ),
    "one large file": both(["fill", at("/data", "large"), 32], `ok ${LIMITS.fileSizeMb * MIB}`),
    "temporary files": {
      attempt: ["fill", "/tmp/large", 32],
      full: `ok ${LIMITS.temporaryMb * MIB}`,
      landlock: "EACCES",
    },
    "more open files": both(call("prlimit64", 0, 7, "b:16", 0), "ok 0"),
  }));
});
