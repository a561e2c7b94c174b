import type { ExecutorRequest } from "../../executor.ts";
import type { PipePaths } from "../kept-helper.ts";
import { isHandedOn, shellWord } from "./shell-words.ts";

/** The signals that commands send to their own group (`trap "kill 0" EXIT` is common). The helper is in it and has to go on. */
const SURVIVED = "HUP INT QUIT USR1 USR2 ALRM TERM";

/** What the helper and its host write and read, in the helper's folder. */
export const PIPES = { requests: "q", answers: "a", messages: "m" } as const;

/**
 * What makes a plain shell a helper, on its standard input.
 *
 * Each round is a child of the shell that reads what it shall become, so that it is there before it is needed; then the shell tells how
 * it ended. Most shells read a pipe in blocks and run what they have; Bash wants to see its end first, and reads a line instead.
 *
 * The second process waits for descriptor 3, which the host holds and never writes to: its end is the end of the host, and then that of
 * everything in the group of the helper. Caught signals are reset in what a shell starts, ignored ones would not be.
 */
export function helperScript(folder: string, token: string): string {
  const at = shellWord(folder);
  const [requests, answers, messages] = [PIPES.requests, PIPES.answers, PIPES.messages].map((name) => `${at}/${name}`);
  return [
    `trap : ${SURVIVED}`,
    `(trap '' ${SURVIVED}; read -r x <&3; rm -rf ${at}; kill -9 -$$) </dev/null >/dev/null 2>&1 &`,
    "exec 3<&-",
    `mkfifo -m 600 ${requests} ${answers} ${messages} || exit 1`,
    `echo ${token} $$ $!`,
    `exec >${answers} 2>${messages}`, // waits for the host to open its ends
    // Read as a whole before it is run, and so is the last that comes from standard input: what commands find there is empty.
    'case "${BASH_VERSION-}${ZSH_VERSION-}${KSH_VERSION-}" in',
    `"") exec </dev/null; while :; do (. ${requests}); echo ${token} $?; done;;`,
    `*) exec </dev/null; while :; do (IFS= read -r x <${requests} && eval "$x"); echo ${token} $?; done;;`,
    "esac",
    "",
  ].join("\n");
}

/** Makes new pipes; the answer is the status of `mkfifo`. */
export function pipesLine({ stdout, stderr }: PipePaths): string {
  return `mkfifo -m 600 ${shellWord(stdout)} ${shellWord(stderr)};exit $?`;
}

/** Reads the request from a file: one that is too large for a pipe, or of several lines. */
export function fileLine(path: string): string {
  return `. ${shellWord(path)}`;
}

/**
 * Becomes a command, whose standard input is the helper's and empty; the answer is its status.
 *
 * @param unusual variables of the helper's own environment that a shell may lose.
 */
export function runLine(request: ExecutorRequest, pipes: PipePaths, unusual: Readonly<Record<string, string>>): string {
  const { command, args, cwd, env } = request;
  const given = Object.entries(env ?? {});
  const plain = given.filter(([name]) => isHandedOn(name));
  const odd = Object.entries({ ...unusual, ...Object.fromEntries(given.filter(([name]) => !isHandedOn(name))) });
  let line = "";
  if (cwd !== undefined) line += `cd ${shellWord(cwd)}||exit 127;`;
  if (plain.length > 0) line += `export${plain.map(([name, value]) => ` ${name}=${shellWord(value)}`).join("")};`;
  line += "exec ";
  if (odd.length > 0) line += `env${odd.map(([name, value]) => ` ${shellWord(`${name}=${value}`)}`).join("")} `;
  line += shellWord(command);
  for (const arg of args) line += ` ${shellWord(arg)}`;
  return `${line} >${shellWord(pipes.stdout)} 2>${shellWord(pipes.stderr)}`;
}
