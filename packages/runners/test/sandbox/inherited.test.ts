import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { type SandboxLevel, type SandboxMount, seenAt } from "../../src/sandbox/index.ts";
import { SCRIPT_FOLDER, askFor, readAnswers, whyNot } from "./attempts.ts";
import type { HostAnswer, HostRequest } from "./run-request.ts";

/** A shell that opens a file on a high descriptor, which Node.js does not look at, and becomes a host. */
const CARELESS = 'exec 250</etc/passwd; exec "$0" "$@"';
const HOST = join(import.meta.dirname, "host.child.ts");

test.for<SandboxLevel>(["full", "landlock"])(
  "in %s, a program gets no descriptor that its host was started with [RPT-146]",
  async (level, { skip }) => {
    const reason = whyNot("ordinary");
    if (reason !== undefined) skip(reason);
    const mount: SandboxMount = { from: SCRIPT_FOLDER, to: "/plugin", isWritable: false };
    const attempts = { descriptors: ["descriptors"], "the host's file": ["read", "/proc/self/fd/250"] } as const;
    const request: HostRequest = {
      hide: level === "full" ? [] : ["bwrap"],
      give: [],
      input: askFor(attempts),
      spec: {
        command: ["/usr/bin/perl", join(seenAt(level, mount), "attempts.pl")],
        env: {},
        system: "programs",
        mounts: [mount],
        workingFolder: "/",
        limits: { memoryMb: 64, fileHandles: 64, fileSizeMb: 1, processes: 0, tasks: 16, temporaryMb: 0 },
        dataBaseMb: 0,
      },
    };
    const host = spawn("bash", ["-c", CARELESS, process.execPath, HOST], { stdio: ["pipe", "pipe", "inherit"] });
    host.stdin.end(JSON.stringify(request));
    const [stdout] = await Promise.all([text(host.stdout), once(host, "close")]);
    const answer = JSON.parse(stdout) as HostAnswer;
    if (answer.level !== level) skip(`this machine has no sandbox of the kind ${level}, but ${answer.level}`);
    expect(readAnswers(attempts, answer.stdout)).toEqual({ descriptors: "ok 0 1 2 3", "the host's file": "ENOENT" });
  },
);
