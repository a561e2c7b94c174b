import { existsSync } from "node:fs";
import { HostError } from "@berth/contract";

/** What runs beside a plugin's code, each a program of one file that carries its own SDK. */
export type GuestName = "worker-guest" | "process-guest" | "wasm-guest" | "strip-guest";

/** Set by the build: the bundle carries the guests beside it. */
declare const BERTH_BUNDLED: true | undefined;

/** Where the guest of that name lies: beside the bundle, or where `npm run build` put it for the sources. */
export function guestFile(name: GuestName): URL {
  const folder = typeof BERTH_BUNDLED === "undefined" ? "../../dist/" : "./guest/";
  const file = new URL(`${folder}${name}.js`, import.meta.url);
  if (existsSync(file)) return file;
  throw new HostError("INVARIANT_BROKEN", `Cannot start a plugin: ${name}.js was not built; run npm run build`);
}
