import { HostError } from "@berth/contract";
import { argumentRules } from "./argument-rules.ts";
import {
  ALLOW,
  DATA,
  INSTRUCTION_BYTES,
  type Instruction,
  KILL_PROCESS,
  answer,
  encode,
  fail,
  ifEqual,
  ifGreaterOrEqual,
  load,
} from "./bpf.ts";
import { callTable, isCallName, unknownRanges } from "./call-table.ts";
import { DENIED_BEFORE_LANDLOCK_3, DENIED_CALLS, DENIED_WITHOUT_NAMESPACES } from "./denied-calls.ts";
import { EPERM, ENOSYS } from "./errno.ts";
import type { FilterOptions } from "./filter-options.ts";
import { OWN_PID } from "./own-pid.ts";
import { type Rule, compileRule } from "./rule.ts";

/** A system call filter. */
export interface Filter {
  /** `struct sock_filter[]`. */
  program: Uint8Array;
  /** Where, in bytes, 32 bits must become the id of the process that loads it. */
  ownPidAt: readonly number[];
}

/**
 * The system call filter of a sandboxed program: foreign architectures are killed, calls that nobody knew when this was written do
 * not exist, calls that reach past the sandbox are refused, and so is whatever `options` does not ask for.
 */
export function buildFilter(options: FilterOptions): Filter {
  const table = callTable(options.architecture);
  const program: Instruction[] = [
    load(DATA.architecture),
    ifEqual(table.audit, 1, 0),
    answer(KILL_PROCESS),
    load(DATA.number),
  ];
  for (const { first, last } of unknownRanges(table)) program.push(...refuseRange(first, last));
  for (const rule of rulesOf(options)) {
    const number = table.byName.get(rule.call);
    if (number !== undefined) program.push(...compileRule(rule, number));
  }
  program.push(answer(ALLOW));
  return { program: encode(program), ownPidAt: placesOfOwnPid(program) };
}

/** The first rule of a call decides. */
function rulesOf(options: FilterOptions): Rule[] {
  const { landlockAbi, deniedCalls = [] } = options;
  const unknown = deniedCalls.filter((name) => !isCallName(name));
  if (unknown.length > 0) {
    throw new HostError("CONFIG_INVALID", `Cannot filter system calls: there is none named ${unknown.join(", ")}`);
  }
  const refused = [
    ...deniedCalls,
    ...Object.values(DENIED_CALLS).flat(),
    ...(landlockAbi === undefined ? [] : Object.values(DENIED_WITHOUT_NAMESPACES).flat()),
    ...(landlockAbi !== undefined && landlockAbi < 3 ? DENIED_BEFORE_LANDLOCK_3 : []),
    ...(options.mayStartPrograms ? [] : ["fork", "vfork"]),
  ];
  return [
    // What they are to do is in memory, where no filter can look; everybody falls back to clone, and to openat.
    { call: "clone3", errno: ENOSYS },
    { call: "openat2", errno: ENOSYS },
    ...refused.map((call) => ({ call, errno: EPERM })),
    ...argumentRules(options),
  ];
}

/** x32 calls, which have a high bit set, are in the last range. */
function refuseRange(first: number, last: number): Instruction[] {
  const refusal = answer(fail(ENOSYS));
  if (last === 0xffff_ffff) return [ifGreaterOrEqual(first, 0, 1), refusal];
  return [ifGreaterOrEqual(first, 0, 2), ifGreaterOrEqual(last + 1, 1, 0), refusal];
}

function placesOfOwnPid(program: readonly Instruction[]): number[] {
  return program.flatMap(({ k }, index) => (k === OWN_PID ? [index * INSTRUCTION_BYTES + 4] : []));
}
