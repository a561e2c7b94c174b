import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { findMachine } from "../machine.ts";
import { SandboxFactory } from "../sandbox-factory.ts";
import { buildFilter } from "../seccomp/filter.ts";
import type { SandboxSpec } from "../spec.ts";
import { launchLandlock } from "./launch-landlock.ts";

const signal = AbortSignal.timeout(60_000);

/** Tries what namespaces would have refused, with what a shell has built in. */
const SCRIPT = `
try() { if "$@" 2>/dev/null; then echo yes; else echo no; fi; }
try kill -0 ${process.pid}
try kill -0 $PPID
try kill -0 $$
{ read -r line </etc/passwd; } 2>/dev/null && echo leaked
: >"$TMPDIR/own" && echo written
cd / && echo moved
kill -TERM $$
echo "outlived its own signal"`;

describe("launchLandlock, held to what an older kernel knew", () => {
  test.for([1, 2, 3, 4, 5, 6])(
    "version %i keeps files and other processes out of reach [RPT-142, RPT-146]",
    async (abi, { skip }) => {
      const [machine, factory] = await Promise.all([findMachine(), SandboxFactory.probe({ hide: ["bwrap"] }, signal)]);
      if (factory.landlockAbi < abi) skip(`the kernel has version ${factory.landlockAbi} of Landlock`);
      // With Landlock, both are there.
      const [architecture, perl] = [machine.architecture!, machine.perl!];
      using user = factory.userFor("landlock-test");
      const spec: SandboxSpec = {
        command: ["/bin/sh", "-c", SCRIPT],
        env: {},
        system: "programs",
        mounts: [],
        workingFolder: "/",
        limits: { memoryMb: 64, fileHandles: 32, fileSizeMb: 1, processes: 0, tasks: 16, temporaryMb: 1 },
        dataBaseMb: 0,
        ...(user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } }),
      };
      const filter = buildFilter({ architecture, mayStartPrograms: false, socketFamilies: [], landlockAbi: abi });
      const system = machine.views.programs;
      await using sandboxed = await launchLandlock(spec, {
        perl,
        architecture,
        abi,
        system,
        filter,
      });
      const [stdout, stderr, exit] = await Promise.all([
        text(sandboxed.stdout),
        text(sandboxed.stderr),
        sandboxed.gone,
      ]);
      expect({ stdout, stderr }).toEqual({ stdout: "no\nno\nyes\nwritten\nmoved\n", stderr: "" });
      expect(exit).toEqual({ code: null, signal: "SIGTERM" });
    },
  );
});
