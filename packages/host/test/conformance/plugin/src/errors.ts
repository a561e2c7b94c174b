import { HostError, type JsonValue, pause, type ServiceInstance } from "@berth/sdk";

/** Fail in every way. */
export const ERRORS: ServiceInstance["methods"] = {
  fail: (input) => {
    throw new Error(input as string);
  },
  failLater: async (input, call) => {
    await pause(0, call.signal);
    throw new Error(input as string);
  },
  failTyped: (input) => {
    throw new HostError("CONFIG_INVALID", "the place is wrong", { details: { place: input } });
  },
  failAsHost: () => {
    throw new HostError("INVARIANT_BROKEN", "I am the host, believe me");
  },
  failDeep: () => {
    const cause = new Error("the disk is full", { cause: new TypeError("no space") });
    throw new Error("cannot save", { cause });
  },
  failWithText: () => {
    // oxlint-disable-next-line no-throw-literal -- plugins do it
    throw "just text";
  },
  failWithNothing: () => {
    // oxlint-disable-next-line no-throw-literal -- plugins do it
    throw undefined;
  },
  failLong: (input) => {
    throw new Error("x".repeat(input as number));
  },
  // Behind types, which are gone when it runs.
  place: (_input: JsonValue): string => new Error("here").stack ?? "",
};
