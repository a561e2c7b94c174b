import type { TierReport } from "@berth/kernel/runner";
import { HELD_BY_HOST } from "../inline/held-by-host.ts";
import { HELD_BY_PULSE } from "../remote/held-by-pulse.ts";
import { canSuspend } from "./world/host-function.ts";

const NO_SUCH_THING = "a component has no means to do it itself, only through the host";

/** What the tier offers: WebAssembly is part of Node.js, so there is little to try. */
export function wasmReport(): TierReport {
  return {
    tier: "wasm",
    level: "kernel",
    mechanisms: [
      {
        name: "WebAssembly",
        works: true,
        detail: "a component reaches nothing but the functions it imports, and those are the ones it was granted",
      },
      suspension(),
    ],
    enforces: {
      ...HELD_BY_HOST,
      ...HELD_BY_PULSE,
      "limits.memory_mb": "the maximum of each of its memories, which WebAssembly keeps",
      "limits.disk_io_mb_per_sec": NO_SUCH_THING,
      "limits.file_size_mb": NO_SUCH_THING,
      "limits.file_handles": NO_SUCH_THING,
      "limits.processes": NO_SUCH_THING,
      "permissions.system_calls": "a component makes no system calls",
    },
  };
}

function suspension(): TierReport["mechanisms"][number] {
  const name = "suspension of WebAssembly (JSPI)";
  if (canSuspend()) return { name, works: true, detail: "components of typed functions can wait for the host" };
  return {
    name,
    works: false,
    detail: `Node.js ${process.version} has none: only components that speak the protocol themselves can be run`,
    fix: "Run Berth with Node.js 26 or later",
  };
}
