import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { systemClock } from "@berth/base";
import { give, type Link, Peer, portLink, socketLink } from "@berth/protocol";
import { FramedSocket } from "./protocol-framed-socket.ts";

/** Sends a value over and gets it back, copied, or handed over both times. */
export type Echo = (value: unknown, isGiven: boolean) => Promise<unknown>;

/** An echo, open until disposed. */
export interface OpenEcho extends Disposable {
  echo: Echo;
}

const CHILD = new URL("./protocol-echo.child.ts", import.meta.url);

/** A message of each call over `postMessage`. */
export function bareWorker(): OpenEcho {
  const worker = new Worker(CHILD, { workerData: "bare" });
  const calls = new Calls((message) =>
    worker.postMessage(message, message.isGiven ? [(message.value as Uint8Array<ArrayBuffer>).buffer] : []),
  );
  worker.on("message", calls.settle);
  return { echo: calls.echo, [Symbol.dispose]: () => void worker.terminate() };
}

export function peerInWorker(): OpenEcho {
  const worker = new Worker(CHILD, { workerData: "peer" });
  return peerEcho(portLink(worker), () => void worker.terminate());
}

/** A message of each call over a socket pair, as MessagePack. */
export function bareProcess(): OpenEcho {
  const { socket, end } = spawnEcho("bare");
  const framed = new FramedSocket(socket, (message) => calls.settle(message as Message));
  const calls = new Calls((message) => framed.send(message));
  return { echo: calls.echo, [Symbol.dispose]: end };
}

export function peerInProcess(): OpenEcho {
  const { socket, end } = spawnEcho("peer");
  const link = socketLink(socket);
  link.acceptLargeFrames();
  link.useBinary();
  return peerEcho(link, end);
}

function peerEcho(link: Link, end: () => void): OpenEcho {
  const peer = new Peer({ link, clock: systemClock });
  return {
    echo: (value, isGiven) => (isGiven ? peer.request("pass", give(value as Uint8Array)) : peer.request("echo", value)),
    [Symbol.dispose]: end,
  };
}

function spawnEcho(kind: string) {
  const child = spawn(process.execPath, [CHILD.pathname, kind], { stdio: ["ignore", "ignore", "inherit", "pipe"] });
  return { socket: child.stdio[3] as Socket, end: () => void child.kill("SIGKILL") };
}

interface Message {
  id: number;
  value: unknown;
  isGiven?: boolean;
}

/** The least that lets calls overlap. */
class Calls {
  readonly #send: (message: Message) => void;
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #lastId = 0;

  constructor(send: (message: Message) => void) {
    this.#send = send;
  }

  readonly echo: Echo = (value, isGiven) =>
    new Promise((resolve) => {
      const id = ++this.#lastId;
      this.#waiting.set(id, resolve);
      this.#send({ id, value, isGiven });
    });

  readonly settle = ({ id, value }: Message): void => {
    const resolve = this.#waiting.get(id)!;
    this.#waiting.delete(id);
    resolve(value);
  };
}
