import { isAbsolute } from "node:path";
import type { ExecRequest } from "@berth/contract";
import { malformed, overLimit } from "../capability-errors.ts";
import { checkVariables } from "./exec-environment.ts";

const MOST_ARGUMENTS = 1_000;
const MOST_ARGUMENT_CHARACTERS = 131_072;
const MOST_INPUT_BYTES = 16 * 1_048_576;
const MOST_OUTPUT_BYTES = 16 * 1_048_576;
const DEFAULT_OUTPUT_BYTES = 1_048_576;
const LONGEST_MS = 3_600_000;
const DEFAULT_MS = 30_000;

/** A request proved to be what its type says, defaults filled in. */
export interface CheckedExec {
  command: string;
  args: string[];
  cwd: string | undefined;
  variables: [name: string, value: string][];
  input: Uint8Array | undefined;
  timeoutMs: number;
  maxOutputBytes: number;
}

/** @throws HostError `CONTRACT_BROKEN` for what is no request, `LIMIT_EXCEEDED` for one that is too large. */
export function checkExec(asked: ExecRequest): CheckedExec {
  if (typeof asked !== "object" || asked === null) throw malformed("Cannot run a program: there is no request");
  const { command, cwd } = asked as { command: unknown; cwd: unknown };
  if (typeof command !== "string") throw malformed("Cannot run a program: its name must be text");
  if (cwd !== undefined && (typeof cwd !== "string" || !isAbsolute(cwd))) {
    throw malformed(`Cannot run ${command.slice(0, 100)}: cwd must be an absolute path`);
  }
  return {
    command,
    args: checkArguments(asked.args),
    cwd,
    variables: checkVariables(asked.env),
    input: checkInput(asked.input),
    timeoutMs: checkNumber("timeoutMs", asked.timeoutMs, DEFAULT_MS, LONGEST_MS),
    maxOutputBytes: checkNumber("maxOutputBytes", asked.maxOutputBytes, DEFAULT_OUTPUT_BYTES, MOST_OUTPUT_BYTES),
  };
}

function checkArguments(args: unknown): string[] {
  if (!Array.isArray(args)) throw malformed("Cannot run a program: args must be a list of texts");
  if (args.length > MOST_ARGUMENTS)
    throw overLimit(`Cannot run a program: there are more than ${MOST_ARGUMENTS} arguments`);
  const copy = args.map((arg: unknown) => {
    if (typeof arg !== "string" || arg.includes("\0"))
      throw malformed("Cannot run a program: each argument must be text");
    return arg;
  });
  const characters = copy.reduce((sum, arg) => sum + arg.length, 0);
  if (characters <= MOST_ARGUMENT_CHARACTERS) return copy;
  throw overLimit(`Cannot run a program: its arguments are longer than ${MOST_ARGUMENT_CHARACTERS} characters`);
}

function checkInput(input: unknown): Uint8Array | undefined {
  if (input === undefined) return undefined;
  if (!(input instanceof Uint8Array)) throw malformed("Cannot run a program: input must be bytes");
  const copy = new Uint8Array(input);
  if (copy.length > MOST_INPUT_BYTES)
    throw overLimit(`Cannot run a program: its input is over ${MOST_INPUT_BYTES} bytes`);
  return copy;
}

function checkNumber(name: string, value: unknown, byDefault: number, most: number): number {
  if (value === undefined) return byDefault;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw malformed(`Cannot run a program: ${name} must be a whole number from 1 to ${most}`);
}
