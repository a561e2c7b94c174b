import { HostError } from "@berth/contract";

/** The file is no WebAssembly component, or a broken one. `at` is the byte where that was seen. */
export function malformed(what: string, at?: number): HostError {
  return new HostError(
    "CONTRACT_BROKEN",
    `Cannot read the component: ${what}${at === undefined ? "" : `, at byte ${at}`}`,
    at === undefined ? {} : { details: { byte: at } },
  );
}

/** The component is sound and uses something that Berth does not run. */
export function unsupported(what: string, advice = ""): HostError {
  const hint = advice === "" ? "" : `; ${advice}`;
  return new HostError(
    "PLUGIN_INCOMPATIBLE",
    `Cannot run the component: it uses ${what}, which Berth does not run${hint}`,
  );
}
