import type { HostFunctions } from "../host-function.ts";

/** One interface of WASI 0.2, as far as Berth has it: of what holds no authority all, of the rest the names. */
export interface WasiInterface {
  functions: HostFunctions;
}
