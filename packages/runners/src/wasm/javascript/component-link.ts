import type { Link, LinkReceiver, Message } from "@berth/protocol";
import { fromWitValue, toWitValue, type WitValue } from "../world/wit-value.ts";

/** The link of a peer inside a component: messages come and go through functions that the component has and imports. */
export class ComponentLink implements Link {
  readonly bufferedBytes = 0;
  readonly #send: (messages: WitValue) => void;
  #receiver: LinkReceiver | undefined;

  constructor(send: (messages: WitValue) => void) {
    this.#send = send;
  }

  open(receiver: LinkReceiver): void {
    this.#receiver = receiver;
  }

  send(messages: readonly Message[]): void {
    try {
      this.#send(encode(messages));
    } catch (error) {
      // A value that is no JSON: alone, each tells whether it was the one.
      if (messages.length > 1) for (const message of messages) this.send([message]);
      else this.#receiver?.onRefused(messages[0]!, error as Error);
    }
  }

  receive(messages: WitValue): void {
    this.#receiver?.onMessages(fromWitValue(messages) as unknown[], messages.json.length);
  }

  close(): void {
    // The host ends the component.
  }
}

/** To look at every value for bytes takes an interpreter longer than to write them all: so it is looked at what was written. */
function encode(messages: readonly Message[]): WitValue {
  const json = stringify(messages);
  return json.includes(MARK) ? toWitValue(messages) : { json, bytes: [] };
}

const MARK = "$bytes";

/** Bytes become the mark, which sends their message the careful way, and not a list of numbers. */
function stringify(messages: readonly Message[]): string {
  const prototype = Uint8Array.prototype as { toJSON?: () => string };
  prototype.toJSON = () => MARK;
  try {
    return JSON.stringify(messages);
  } finally {
    delete prototype.toJSON;
  }
}
