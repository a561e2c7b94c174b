import { type EmitOutput, HostError, type PluginContext } from "@berth/sdk";
import { type ApiClient, refused } from "./api-client.ts";
import { CONTAINER } from "./job-manifest.ts";
import { LogWindow } from "./log-window.ts";

const PIECE_BYTES = 65_536;

/** Emits the log of one pod as it grows, each byte once. Kubernetes keeps one log for both outputs: all of it is standard output. */
export class LogFollower {
  readonly #window = new LogWindow();
  readonly #client: ApiClient;
  readonly #path: string;
  readonly #emit: EmitOutput;
  readonly #log: PluginContext["log"];

  constructor(client: ApiClient, podPath: string, emit: EmitOutput, log: PluginContext["log"]) {
    this.#client = client;
    this.#path = `${podPath}/log?container=${CONTAINER}&timestamps=true`;
    this.#emit = emit;
    this.#log = log;
  }

  /** Emits what there is by now, as fast as it is taken. Resolves with whether the log is there. */
  async readOn(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const { sinceSecond, limitBytes } = this.#window.query;
      const since = sinceSecond === undefined ? "" : `&sinceTime=${new Date(sinceSecond * 1_000).toISOString()}`;
      const answer = await this.#client.get(`${this.#path}&limitBytes=${limitBytes}${since}`, signal);
      // 400 is a container that is being made, or whose log is gone; 404 a pod that is.
      if (answer.status === 400 || answer.status === 404) return false;
      if (answer.status !== 200) throw refused("read the log of the pod", answer);
      const { bytes, isCut, hasGap } = this.#window.take(answer.body);
      if (hasGap)
        this.#log.warn("The node has thrown away a part of the log before it was read: output is missing here");
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        await this.#emit({ stream: "stdout", bytes: bytes.slice(at, at + PIECE_BYTES) });
        signal.throwIfAborted();
      }
      if (!isCut) return true;
      if (this.#window.isStuck) throw tooMuch();
    }
  }
}

function tooMuch(): HostError {
  return new HostError(
    "LIMIT_EXCEEDED",
    "Cannot read the log of the pod: there are more than 30 MiB in one second, and the API gives it by seconds; write less, or to a file",
  );
}
