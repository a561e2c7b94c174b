import { ALLOW, DATA, type Instruction, and, answer, fail, ifEqual, load } from "./bpf.ts";

/**
 * Looks at the lower half of one argument, since the kernel takes the arguments looked at here as 32-bit numbers. A check that
 * does not refuse leaves the call to the next one; what no check refuses is allowed.
 */
export interface Check {
  argument: number;
  mask?: number;
  values: readonly number[];
  /** Whether to refuse when it is one of `values`, or when it is none of them. */
  refuse: "these" | "others";
  errno: number;
}

/** What becomes of one system call. */
export interface Rule {
  call: string;
  /** Refused always with this error. */
  errno?: number;
  checks?: readonly Check[];
}

/** The instructions of `rule` for call `number`; the number is in the accumulator before, and again after when it was another call. */
export function compileRule(rule: Rule, number: number): Instruction[] {
  const body =
    rule.errno === undefined
      ? [...(rule.checks ?? []).flatMap(compileCheck), answer(ALLOW)]
      : [answer(fail(rule.errno))];
  return [ifEqual(number, 0, body.length), ...body];
}

function compileCheck({ argument, mask, values, refuse, errno }: Check): Instruction[] {
  const prepare = [load(DATA.argument(argument)), ...(mask === undefined ? [] : [and(mask)])];
  const last = values.length - 1;
  const tests = values.map((value, index) => {
    const toRefusal = last - index;
    const past = toRefusal + 1;
    // Only the last test knows that none of the values was it.
    if (refuse === "these") return ifEqual(value, toRefusal, index === last ? 1 : 0);
    return ifEqual(value, past, 0);
  });
  return [...prepare, ...tests, answer(fail(errno))];
}
