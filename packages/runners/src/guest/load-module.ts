import { registerHooks } from "node:module";
import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Hello } from "@berth/sdk/runtime";
import type { GivenModule, GivenModules } from "./load-given.ts";

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

/** Loads the plugin's module; `hello.code` is `{ entry: URL, shownAs: path in its folder }`. */
export async function loadModule({ code, plugin, environment }: Hello, given: GivenModules): Promise<unknown> {
  const { entry, shownAs, modules } = code as CodePlace;
  Object.assign(process.env, environment);
  if (modules) given.add(modules);
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
  /** The entry, and modules in TypeScript, without their types. One that is missing is found, and compiled, when it is loaded. */
  modules?: readonly GivenModule[];
  /** Lines of its output that are kept in a second, where the guest sees to that. */
  logRate?: number;
}
