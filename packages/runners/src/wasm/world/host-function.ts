import { HostError } from "@berth/contract";
import { ENGINE } from "../component/engine.ts";
import { failureOf, type WitFailure } from "./wit-failure.ts";

/** A function that a component can import, by its name in WIT. */
export interface HostFunction {
  call(...args: never[]): unknown;
  /** Whether it returns a promise, for which the component is suspended. */
  mayWait?: boolean;
}

/** The functions of one interface. */
export type HostFunctions = Readonly<Record<string, HostFunction>>;

/** `result<T, failure>` of the world. */
export type WitResult = { tag: "ok"; value: unknown } | { tag: "error"; value: WitFailure };

/** A function that waits for the host and gives `result<T, failure>`. */
export function waiting(work: (...args: never[]) => Promise<unknown>): HostFunction {
  return {
    mayWait: true,
    async call(...args): Promise<WitResult> {
      try {
        return { tag: "ok", value: await work(...args) };
      } catch (error) {
        return { tag: "error", value: failureOf(error) };
      }
    },
  };
}

/** A function that answers at once and gives `result<T, failure>`. */
export function answering(work: (...args: never[]) => unknown): HostFunction {
  return {
    call(...args): WitResult {
      try {
        return { tag: "ok", value: work(...args) };
      } catch (error) {
        return { tag: "error", value: failureOf(error) };
      }
    },
  };
}

/** Whether this Node.js can suspend WebAssembly for a promise. */
export function canSuspend(): boolean {
  return ENGINE.Suspending !== undefined;
}

/** @throws HostError `PLUGIN_INCOMPATIBLE` where nothing can be suspended. */
export function assertCanSuspend(name: string): void {
  if (canSuspend()) return;
  throw new HostError(
    "PLUGIN_INCOMPATIBLE",
    `Cannot load the component: ${name} waits for the host, for which Node.js 26 is needed; this is ${process.version}`,
  );
}
