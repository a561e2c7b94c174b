export { WasmRunner, type WasmRunnerOptions } from "./wasm-runner.ts";
