import type { ExecutorRequest } from "../../executor.ts";
import type { PipePaths } from "../kept-helper.ts";

/** What `starter.c` is asked: its `enum request_kind`. */
const RUN = 1;
const WHO = 2;
const PIPES = 3;
const READ = 4;

/** What it answers: its `enum answer_kind`. */
export const ENDED = 1;
export const REFUSED = 2;
export const RUNS = 3;
export const MADE = 4;

export const TOKEN_BYTES = 16;
/** A token, kind, process and value. */
export const ANSWER_BYTES = TOKEN_BYTES + 12;

const HEAD_BYTES = 20;

/** An answer, without its token. */
export interface Answer {
  kind: number;
  pid: number;
  value: number;
}

export function readAnswer(bytes: Buffer, at: number): Answer {
  const from = at + TOKEN_BYTES;
  return { kind: bytes.readUInt32LE(from), pid: bytes.readInt32LE(from + 4), value: bytes.readInt32LE(from + 8) };
}

/** @param variables all of them, each with its value, where they differ from those of the run before. */
export function runRequest(
  request: ExecutorRequest,
  pipes: PipePaths,
  variables: readonly string[] | undefined,
): Buffer {
  const { command, args, cwd = "" } = request;
  return encode(RUN, [pipes.stdout, pipes.stderr, cwd, command, command, ...args], variables);
}

/** Requests to run a command with the variables of the run before: most repeat the last, word for word. */
export class LastRequest {
  #words: readonly string[] = [];
  #pipes: PipePaths | undefined;
  #bytes: Buffer = Buffer.alloc(0);

  encode(request: ExecutorRequest, pipes: PipePaths): Buffer {
    if (pipes === this.#pipes && this.#isSame(request)) return this.#bytes;
    this.#pipes = pipes;
    this.#words = [request.cwd ?? "", request.command, ...request.args];
    return (this.#bytes = runRequest(request, pipes, undefined));
  }

  #isSame({ cwd = "", command, args }: ExecutorRequest): boolean {
    const words = this.#words;
    if (words[0] !== cwd || words[1] !== command || words.length !== args.length + 2) return false;
    for (let n = 0; n < args.length; n++) if (args[n] !== words[n + 2]) return false;
    return true;
  }
}

export function whoRequest(): Buffer {
  return encode(WHO, []);
}

export function pipesRequest({ stdout, stderr }: PipePaths): Buffer {
  return encode(PIPES, [stdout, stderr]);
}

/** For a request that a file holds. */
export function readRequest(path: string): Buffer {
  return encode(READ, [path]);
}

function encode(kind: number, words: readonly string[], variables?: readonly string[]): Buffer {
  let text = "";
  for (const word of words) text += `${word}\0`;
  if (variables) for (const variable of variables) text += `${variable}\0`;
  const bytes = Buffer.byteLength(text);
  const request = Buffer.allocUnsafe(HEAD_BYTES + bytes);
  request.writeUInt32LE(bytes, 0);
  request.writeUInt32LE(kind, 4);
  request.writeUInt32LE(words.length, 8);
  request.writeUInt32LE(variables?.length ?? 0, 12);
  request.writeUInt32LE(variables ? 1 : 0, 16);
  request.write(text, HEAD_BYTES);
  return request;
}
