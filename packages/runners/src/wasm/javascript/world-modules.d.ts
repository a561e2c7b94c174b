// What a component imports, as the engine inside it shows it to JavaScript.

interface WitMessages {
  json: string;
  bytes: readonly Uint8Array[];
}

declare module "berth:plugin/host@1.0.0" {
  const host: {
    send(messages: WitMessages): void;
    wakeAfter(milliseconds: number): void;
    fail(message: string): void;
    encodeText(text: string): Uint8Array;
    decodeText(bytes: Uint8Array, strict: boolean): string | null;
  };
  export default host;
}

declare module "berth:plugin/clock@1.0.0" {
  const clock: { now(): number; monotonic(): number };
  export default clock;
}

declare module "berth:plugin/random@1.0.0" {
  const random: { bytes(length: number): Uint8Array };
  export default random;
}

/** The plugin's own entry; the build knows where it is. */
declare module "berth:plugin-code" {
  const definition: unknown;
  export default definition;
}
