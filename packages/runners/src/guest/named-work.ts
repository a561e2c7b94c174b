import { AsyncLocalStorage } from "node:async_hooks";
import type { NamedWork } from "@berth/sdk/runtime";

/** Names by what Node.js knows of the way of a call. */
export function createNamedWork(): NamedWork {
  const names = new AsyncLocalStorage<string | undefined>();
  return {
    get current() {
      return names.getStore();
    },
    run: (name, work) => names.run(name, work),
  };
}
