import type { ExecutorRequest } from "../executor.ts";
import { isHandedOn, shellWord } from "./shell-words.ts";

/** The pipes of one run. Only commands hold their writing ends, so their end is seen. */
export interface PipePaths {
  stdout: string;
  stderr: string;
}

/** The signals that commands send to their own group (`trap "kill 0" EXIT` is common). The helper is in it and has to go on. */
const SURVIVED = "HUP INT QUIT USR1 USR2 ALRM TERM";

/**
 * What makes a plain shell a helper. It reads further lines as its program from standard input and answers on standard output.
 *
 * The second process waits for descriptor 3, which the host holds and never writes to: its end is the end of the host, and then that of
 * everything in the group of the helper. Caught signals are reset in what a shell starts, ignored ones would not be.
 */
export function helperScript(folder: string, token: string): string {
  const at = shellWord(folder);
  return [
    `trap : ${SURVIVED}`,
    `(trap '' ${SURVIVED}; read -r x <&3; rm -rf ${at}; kill -9 -$$) </dev/null >/dev/null 2>&1 &`,
    "exec 3<&-",
    `mkfifo -m 600 ${at}/m || exit 1`,
    `echo ${token} $$ $!`,
    `exec 2>${at}/m`, // waits for the host to open its end
    "",
  ].join("\n");
}

/** Makes new pipes; the answer is the status of `mkfifo`. */
export function pipesLine({ stdout, stderr }: PipePaths, token: string): string {
  return `mkfifo -m 600 ${shellWord(stdout)} ${shellWord(stderr)}; echo ${token} $?\n`;
}

/**
 * Runs a command; the answer is its status. The descriptor of the answer is not passed on, and the token is known to nobody else.
 *
 * @param unusual variables of the helper's own environment that a shell may lose.
 */
export function runLine(
  request: ExecutorRequest,
  pipes: PipePaths,
  token: string,
  unusual: Readonly<Record<string, string>>,
): string {
  const { command, args, cwd, env = {} } = request;
  const given = Object.entries(env);
  const plain = given.filter(([name]) => isHandedOn(name));
  const odd = Object.entries({ ...unusual, ...Object.fromEntries(given.filter(([name]) => !isHandedOn(name))) });
  let inner = "";
  if (cwd !== undefined) inner += `cd ${shellWord(cwd)}||exit 127;`;
  if (plain.length > 0) inner += `export${plain.map(([name, value]) => ` ${name}=${shellWord(value)}`).join("")};`;
  inner += "exec ";
  if (odd.length > 0) inner += `env${odd.map(([name, value]) => ` ${shellWord(`${name}=${value}`)}`).join("")} `;
  inner += shellWord(command);
  for (const arg of args) inner += ` ${shellWord(arg)}`;
  return `(${inner})</dev/null >${shellWord(pipes.stdout)} 2>${shellWord(pipes.stderr)};echo ${token} $?\n`;
}
