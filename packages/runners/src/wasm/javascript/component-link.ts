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
      this.#send(toWitValue(messages));
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
