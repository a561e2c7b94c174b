import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@berth/base";
import { main } from "../src/index.ts";

const PROGRAM = join(import.meta.dirname, "rpr-program.ts");

/** How the program ended, and every byte it wrote. */
export interface RprOutcome {
  code: number | null;
  out: Buffer;
  err: Buffer;
}

/** The same, its bytes read as text. */
export interface TextOutcome {
  code: number;
  out: string;
  err: string;
}

/** The real program, while it runs. */
export interface RunningRpr {
  child: ChildProcess;
  ended: Promise<RprOutcome>;
  /** Resolves when its standard output matches. */
  said: (pattern: RegExp) => Promise<void>;
}

/** A folder of its own for one test, which is also the home of the program. */
export class RprFolder implements AsyncDisposable {
  readonly path: string;
  readonly #remove: () => Promise<void>;

  private constructor(path: string, remove: () => Promise<void>) {
    this.path = path;
    this.#remove = remove;
  }

  static async open(): Promise<RprFolder> {
    const folder = await mkdtempDisposable(join(tmpdir(), "rpr-test-"));
    return new RprFolder(folder.path, () => folder.remove());
  }

  at(file: string): string {
    return join(this.path, file);
  }

  read(file: string): Promise<string> {
    return readFile(this.at(file), "utf8");
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(this.at(file), text);
  }

  start(words: readonly string[], env: Record<string, string> = {}): RunningRpr {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      cwd: this.path,
      env: { PATH: process.env["PATH"] ?? "", HOME: this.path, TZ: "UTC", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const pieces = { out: [] as Buffer[], err: [] as Buffer[] };
    child.stdout.on("data", (piece: Buffer) => pieces.out.push(piece));
    child.stderr.on("data", (piece: Buffer) => pieces.err.push(piece));
    const ended = once(child, "close").then(([code]) => ({
      code: code as number | null,
      out: Buffer.concat(pieces.out),
      err: Buffer.concat(pieces.err),
    }));
    const said = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(Buffer.concat(pieces.out).toString())) await once(child.stdout, "data");
    };
    return { child, ended, said };
  }

  /** Runs it in place, which is quicker: everything is real but the process around it. */
  async run(words: readonly string[], env: Record<string, string> = {}): Promise<TextOutcome> {
    const pieces = { out: [] as Uint8Array[], err: [] as Uint8Array[] };
    const stream = (name: "out" | "err") => ({
      write: (bytes: Uint8Array) => void pieces[name].push(Uint8Array.from(bytes)),
    });
    const code = await main(words, {
      out: stream("out"),
      err: stream("err"),
      env: { HOME: this.path, ...env },
      cwd: this.path,
      clock: systemClock,
      onSignal: () => ({ [Symbol.dispose]: () => undefined }),
      flush: () => Promise.resolve(),
      name: "rpr",
    });
    return { code, out: Buffer.concat(pieces.out).toString(), err: Buffer.concat(pieces.err).toString() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remove();
  }
}
