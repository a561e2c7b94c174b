import type { Clock } from "@berth/base";
import type { Link, LinkReceiver, Message } from "../src/link.ts";
import { Peer } from "../src/peer.ts";
import type { PeerLimits } from "../src/peer-limits.ts";

/** A link whose other end a test holds: it sees what was sent, and delivers what it likes. */
export class HeldLink implements Link {
  readonly bufferedBytes = 0;
  /** What the peer sent, a list for each turn. */
  readonly sent: Message[][] = [];
  #receiver: LinkReceiver | undefined;
  #onSend: ((messages: readonly Message[]) => void) | undefined;
  isClosed = false;

  onSend(listener: (messages: readonly Message[]) => void): void {
    this.#onSend = listener;
  }

  send(messages: readonly Message[]): void {
    if (this.isClosed) return;
    this.sent.push([...messages]);
    this.#onSend?.(messages);
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver;
  }

  deliver(messages: readonly unknown[], bytes = 0): void {
    if (!this.isClosed) this.#receiver?.onMessages(messages, bytes);
  }

  refuse(message: Message, error: Error): void {
    this.#receiver?.onRefused(message, error);
  }

  end(error?: Error): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#receiver?.onEnd(error);
  }

  close(): void {
    this.end();
  }
}

/** Two peers in one thread. What one sends arrives in a later turn, copied as a structured clone. */
export function pairedPeers(clock: Clock, limits?: Partial<PeerLimits>) {
  const hostLink = new HeldLink();
  const pluginLink = new HeldLink();
  const carry = (from: HeldLink, to: HeldLink): void =>
    from.onSend((messages) => {
      const copy = structuredClone(messages);
      setImmediate(() => to.deliver(copy));
    });
  carry(hostLink, pluginLink);
  carry(pluginLink, hostLink);
  const host = new Peer({ link: hostLink, clock, side: "host", ...(limits ? { limits } : {}) });
  const plugin = new Peer({ link: pluginLink, clock, side: "plugin", ...(limits ? { limits } : {}) });
  void host.ended.then(() => pluginLink.end());
  void plugin.ended.then(() => hostLink.end());
  return {
    host,
    plugin,
    hostLink,
    pluginLink,
    [Symbol.dispose](): void {
      host.close();
      plugin.close();
    },
  };
}
