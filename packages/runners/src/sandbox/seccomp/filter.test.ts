import { isHostError } from "@berth/contract";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runFilter } from "./bpf-interpreter.ts";
import { ALLOW, INSTRUCTION_BYTES, KILL_PROCESS, fail } from "./bpf.ts";
import { callTable } from "./call-table.ts";
import { DENIED_CALLS, DENIED_WITHOUT_NAMESPACES } from "./denied-calls.ts";
import { EACCES, ENOMEM, ENOSYS, EPERM } from "./errno.ts";
import type { FilterOptions } from "./filter-options.ts";
import { buildFilter } from "./filter.ts";
import { OWN_PID } from "./own-pid.ts";

const ARCHITECTURES = ["x64", "arm64"] as const;
const anyOptions: fc.Arbitrary<FilterOptions> = fc.record(
  {
    architecture: fc.constantFrom(...ARCHITECTURES),
    mayStartPrograms: fc.boolean(),
    socketFamilies: fc.uniqueArray(fc.constantFrom("unix" as const, "inet" as const)),
    landlockAbi: fc.integer({ min: 1, max: 7 }),
    deniedCalls: fc.uniqueArray(fc.constantFrom("openat", "futex", "getrandom", "fork", "statx"), { maxLength: 3 }),
  },
  { requiredKeys: ["architecture", "mayStartPrograms", "socketFamilies"] },
);
/** Small numbers, the bits and constants that rules look at, and anything. */
const anyArgument = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.constantFrom(
    0x10000,
    0x7e020000,
    0x21,
    0x22,
    0x122,
    0x5412,
    0x541c,
    0x8901,
    0x20000000,
    0x1000,
    0o1000,
    0o1001,
    OWN_PID,
  ),
  fc.nat({ max: 0xffff_ffff }),
);
const anyArguments = fc.array(anyArgument, { minLength: 6, maxLength: 6 });

/** Options, and the filter they give for a call by name; calls that the architecture lacks are allowed, as nobody can make them. */
function filterFor(options: FilterOptions): (name: string, args?: readonly number[]) => number {
  const { program } = buildFilter(options);
  const { audit, byName } = callTable(options.architecture);
  return (name, args = []) => {
    const number = byName.get(name);
    if (number === undefined) throw new Error(`${options.architecture} has no ${name}`);
    const six = Array.from({ length: 6 }, (_, index) => args[index] ?? 0);
    return runFilter(program, { number, architecture: audit, arguments: six });
  };
}

const STRICT = { mayStartPrograms: false, socketFamilies: [] } as const;

describe("buildFilter, by property", () => {
  test("answers every call with one of the answers it is made of, within the kernel's bounds", () => {
    const known = new Set([ALLOW, KILL_PROCESS, ...[EPERM, EACCES, ENOMEM, ENOSYS].map((errno) => fail(errno))]);
    fc.assert(
      fc.property(
        anyOptions,
        fc.nat({ max: 0xffff_ffff }),
        fc.nat({ max: 600 }),
        anyArguments,
        (options, far, near, args) => {
          const { program } = buildFilter(options);
          expect(program.length / INSTRUCTION_BYTES).toBeLessThanOrEqual(4_096);
          const { audit } = callTable(options.architecture);
          for (const number of [far, near]) {
            expect(known).toContain(runFilter(program, { number, architecture: audit, arguments: args }));
          }
        },
      ),
    );
  });

  test("kills whoever calls by another architecture's numbers", () => {
    fc.assert(
      fc.property(anyOptions, fc.nat({ max: 0xffff_ffff }), fc.nat({ max: 600 }), (options, architecture, number) => {
        fc.pre(architecture !== callTable(options.architecture).audit);
        const { program } = buildFilter(options);
        expect(runFilter(program, { number, architecture, arguments: [0, 0, 0, 0, 0, 0] })).toBe(KILL_PROCESS);
      }),
    );
  });

  test("knows no call that its table does not know, x32 ones among them", () => {
    fc.assert(
      fc.property(anyOptions, fc.nat({ max: 0xffff_ffff }), fc.nat({ max: 600 }), (options, far, near) => {
        const { program } = buildFilter(options);
        const { audit, byName } = callTable(options.architecture);
        const known = new Set(byName.values());
        for (const number of [far, near, near + 0x4000_0000].filter((one) => !known.has(one))) {
          expect(runFilter(program, { number, architecture: audit, arguments: [0, 0, 0, 0, 0, 0] })).toBe(fail(ENOSYS));
        }
      }),
    );
  });

  test("refuses what it denies whatever the arguments are [RPT-146, OPS-59]", () => {
    fc.assert(
      fc.property(anyOptions, anyArguments, (options, args) => {
        const answer = filterFor(options);
        const { byName } = callTable(options.architecture);
        const denied = [
          ...Object.values(DENIED_CALLS).flat(),
          ...(options.deniedCalls ?? []),
          ...(options.landlockAbi === undefined ? [] : Object.values(DENIED_WITHOUT_NAMESPACES).flat()),
          ...(options.mayStartPrograms ? [] : ["fork", "vfork"]),
        ];
        for (const name of denied.filter((call) => byName.has(call)))
          expect([name, answer(name, args)]).toEqual([name, fail(EPERM)]);
        expect([answer("clone3", args), answer("openat2", args)]).toEqual([fail(ENOSYS), fail(ENOSYS)]);
      }),
    );
  });

  test("lets threads be made always, processes when asked, namespaces never", () => {
    fc.assert(
      fc.property(anyOptions, anyArgument, (options, flags) => {
        const isThread = (flags & 0x10000) !== 0;
        const makesNamespace = (flags & 0x7e020000) !== 0;
        const isAllowed = !makesNamespace && (options.mayStartPrograms || isThread);
        expect(filterFor(options)("clone", [flags])).toBe(isAllowed ? ALLOW : fail(EPERM));
      }),
    );
  });

  test("opens sockets of the families asked for, streams alone without namespaces [RPT-144]", () => {
    fc.assert(
      fc.property(anyOptions, anyArgument, anyArgument, anyArgument, (options, family, type, protocol) => {
        const { landlockAbi = 99 } = options;
        const isApart = options.landlockAbi === undefined;
        const hasFamily =
          (family === 1 && options.socketFamilies.includes("unix") && isApart) ||
          ((family === 2 || family === 10) && options.socketFamilies.includes("inet") && landlockAbi >= 4);
        const hasType = (isApart ? [1, 2, 5] : [1]).includes(type & 0xf);
        const isAllowed = hasFamily && hasType && [0, 6, 17].includes(protocol);
        expect(filterFor(options)("socket", [family, type, protocol])).toBe(isAllowed ? ALLOW : fail(EACCES));
      }),
    );
  });

  test("makes no file that lets whoever starts it act as its owner, nor one that others wait for [RPT-146]", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ARCHITECTURES),
        fc.boolean(),
        anyArgument,
        (architecture, mayStartPrograms, mode) => {
          const answer = filterFor({ ...STRICT, architecture, mayStartPrograms });
          const expected = (mode & 0o6000) === 0 ? ALLOW : fail(EPERM);
          const made = [
            answer("fchmod", [3, mode]),
            answer("fchmodat", [0, 0, mode]),
            answer("fchmodat2", [0, 0, mode]),
          ];
          expect([...made, answer("openat", [0, 0, 0o101, mode])]).toEqual(made.map(() => expected).concat(expected));
          expect(answer("fcntl", [3, 1_024, mode])).toBe(fail(EPERM));
        },
      ),
    );
  });

  test("gives no memory that no limit counts", () => {
    fc.assert(
      fc.property(anyOptions, anyArgument, (options, flags) => {
        const isUncounted = (flags & 0x21) === 0x21 || (flags & 0x100) !== 0;
        expect(filterFor(options)("mmap", [0, 4_096, 3, flags])).toBe(isUncounted ? fail(ENOMEM) : ALLOW);
      }),
    );
  });
});

describe("buildFilter", () => {
  test.each(ARCHITECTURES)("lets what Node.js lives on through, on %s", (architecture) => {
    const answer = filterFor({ architecture, ...STRICT });
    const names = [
      "read",
      "write",
      "openat",
      "mmap",
      "mprotect",
      "futex",
      "epoll_pwait",
      "execve",
      "exit_group",
      "getrandom",
    ];
    expect(names.filter((name) => answer(name) !== ALLOW)).toEqual([]);
  });

  test("without namespaces and before signals were scoped, lets a program signal itself alone [RPT-146]", () => {
    const own = filterFor({ architecture: "x64", ...STRICT, landlockAbi: 5 });
    expect([own("kill", [OWN_PID]), own("kill", [1]), own("kill", [0]), own("kill", [-1])]).toEqual([
      ALLOW,
      ...Array.from({ length: 3 }, () => fail(EPERM)),
    ]);
    expect([own("tgkill", [OWN_PID, 5]), own("tgkill", [77, 5])]).toEqual([ALLOW, fail(EPERM)]);
    expect(buildFilter({ architecture: "x64", ...STRICT, landlockAbi: 5 }).ownPidAt).toHaveLength(2);
    expect(buildFilter({ architecture: "x64", ...STRICT, landlockAbi: 6 }).ownPidAt).toEqual([]);
  });

  test("without namespaces, keeps limits and priorities of other processes out of reach", () => {
    const answer = filterFor({ architecture: "arm64", ...STRICT, landlockAbi: 7 });
    expect([answer("prlimit64", [0, 7]), answer("setpriority", [0, 0]), answer("ioprio_set", [1, 0])]).toEqual([
      ALLOW,
      ALLOW,
      ALLOW,
    ]);
    const others = [answer("prlimit64", [42, 7]), answer("setpriority", [2, 0]), answer("setpriority", [0, 42])];
    expect([...others, answer("ioprio_set", [3, 0]), answer("sched_setaffinity", [42])]).toEqual(
      Array.from({ length: 5 }, () => fail(EPERM)),
    );
  });

  test("before Landlock gated it, lets nobody cut a file short that is open for reading", () => {
    const answer = filterFor({ architecture: "x64", ...STRICT, landlockAbi: 2 });
    const [readAndCut, writeAndCut, read] = [0o1000, 0o1001, 0];
    expect([answer("openat", [0, 0, readAndCut]), answer("open", [0, readAndCut])]).toEqual([fail(EPERM), fail(EPERM)]);
    expect([answer("openat", [0, 0, writeAndCut]), answer("openat", [0, 0, read])]).toEqual([ALLOW, ALLOW]);
  });

  test("refuses names that are no system call", () => {
    const build = (): unknown => buildFilter({ architecture: "x64", ...STRICT, deniedCalls: ["opne"] });
    expect(build).toThrowError(expect.toSatisfy((error: unknown) => isHostError(error, "CONFIG_INVALID")));
    expect(build).toThrowError("there is none named opne");
  });
});
