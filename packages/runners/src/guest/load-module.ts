import { registerHooks } from "node:module";
import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Hello } from "@berth/sdk/runtime";

const SDK = "@berth/sdk";

/**
 * Makes `import "@berth/sdk"` of the plugin resolve to the guest's own file, `url`, which hands the SDK on: a plugin folder needs no
 * `node_modules`, there is one copy, and it is compiled already.
 */
export function shareSdk(url: string): void {
  registerHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier === SDK ? { url, shortCircuit: true } : nextResolve(specifier, context),
  });
}

const COMPILER = "berth:compiler";

/** Loads Node's compiler for TypeScript, which takes five times as long as all the rest of an open. */
export async function warmCompiler(): Promise<void> {
  // Asked for by its own function it warns that it is experimental, which a module in TypeScript does not.
  const hooks = registerHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier === COMPILER ? { url: COMPILER, shortCircuit: true } : nextResolve(specifier, context),
    load: (url, context, nextLoad) =>
      url === COMPILER
        ? { format: "module-typescript", source: "const n: number = 1;", shortCircuit: true }
        : nextLoad(url, context),
  });
  await import(COMPILER);
  hooks.deregister();
}

/** Loads the plugin's module; `hello.code` is `{ entry: URL, shownAs: path in its folder }`. */
export async function loadModule({ code, plugin, environment }: Hello): Promise<unknown> {
  const { entry, shownAs } = code as CodePlace;
  Object.assign(process.env, environment);
  try {
    return await import(entry);
  } catch (error) {
    throw new HostError(
      "PLUGIN_FAILED",
      `Cannot load plugin "${plugin.name}" from ${shownAs}: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

/** Where a plugin's code lies, as runners of Node.js code say it. */
export interface CodePlace {
  /** URL of the module. */
  entry: string;
  /** The same for people: relative to the plugin's folder. */
  shownAs: string;
}
