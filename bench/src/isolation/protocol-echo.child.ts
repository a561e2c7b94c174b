import { Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "@berth/base";
import { give, type Link, Peer, portLink, socketLink } from "@berth/protocol";
import { FramedSocket } from "./protocol-framed-socket.ts";

/** What a bare transport carries. */
interface Message {
  id: number;
  value: unknown;
  isGiven: boolean;
}

/** The file descriptor on which a plugin's process talks to its host. */
const HOST_FD = 3;

/** The other end of what `protocol.ts` measures, bare or with a peer: it sends back what comes, and gives away what was given. */
function answer(): void {
  if (parentPort && workerData === "bare") {
    const port = parentPort;
    port.on("message", ({ id, value, isGiven }: Message) =>
      port.postMessage({ id, value }, isGiven ? [(value as Uint8Array<ArrayBuffer>).buffer] : []),
    );
  } else if (parentPort) {
    answerAsPeer(portLink(parentPort));
  } else if (process.argv[2] === "bare") {
    const socket = new FramedSocket(new Socket({ fd: HOST_FD }), (message) => socket.send(message));
  } else {
    const link = socketLink(new Socket({ fd: HOST_FD }));
    link.acceptLargeFrames();
    link.useBinary();
    answerAsPeer(link);
  }
}

function answerAsPeer(link: Link): void {
  const peer = new Peer({ link, clock: systemClock, side: "plugin" });
  peer.handle("echo", async (value) => value);
  peer.handle("pass", async (value) => give(value as Uint8Array));
}

answer();
