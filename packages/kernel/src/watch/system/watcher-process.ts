import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { errorMessage } from "@berth/base";
import { encodeRequests, readNews, type WatchNews, type WatchRequest } from "./watcher-words.ts";

/** Whom a {@link WatcherProcess} tells. */
export interface WatcherProcessListener {
  onNews(news: WatchNews): void;
  /** It ended, or never began. Not told of the end that is asked for. */
  onEnd(reason: string): void;
}

/** The process of `watcher.c`. It keeps no host alive, and ends with it. */
export class WatcherProcess implements Disposable {
  readonly #listener: WatcherProcessListener;
  readonly #child: ChildProcess;
  #rest: Buffer = Buffer.alloc(0);
  #isOver = false;

  /** @throws where no process can be started at all. */
  constructor(program: string, listener: WatcherProcessListener) {
    this.#listener = listener;
    // All paths are whole ones; and it keeps no folder in use, as its own.
    this.#child = spawn(program, [], { stdio: ["pipe", "pipe", "ignore"], env: {}, cwd: "/" });
    this.#child.once("error", (error) => this.#end(error.message));
    this.#child.once("exit", (code, signal) => this.#end(signal ?? `exit code ${code}`));
    this.#child.unref();
    for (const stream of [this.#child.stdin, this.#child.stdout] as (Socket | null)[]) {
      stream?.unref();
      stream?.on("error", () => undefined); // its exit tells
    }
    this.#child.stdout?.on("data", (bytes: Buffer) => this.#hear(bytes));
  }

  send(requests: readonly WatchRequest[]): void {
    if (!this.#isOver) this.#child.stdin?.write(encodeRequests(requests));
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const stream of [this.#child.stdin, this.#child.stdout]) stream?.destroy();
    // It holds nothing that would have to be put away.
    this.#child.kill("SIGKILL");
  }

  #hear(chunk: Buffer): void {
    const all: WatchNews[] = [];
    try {
      const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
      const length = readNews(bytes, (news) => all.push(news));
      this.#rest = Buffer.from(bytes.subarray(length));
    } catch (error) {
      return this.#end(errorMessage(error));
    }
    for (const news of all) if (!this.#isOver) this.#listener.onNews(news);
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this[Symbol.dispose]();
    this.#listener.onEnd(reason);
  }
}
