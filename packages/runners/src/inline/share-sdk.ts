import { registerHooks } from "node:module";

const SDK = "@berth/sdk";

/** Set by the build: the bundle carries its own SDK beside it. */
declare const BERTH_BUNDLED: true | undefined;

/**
 * Makes `import "@berth/sdk"` of any plugin resolve to the host's own copy: a plugin folder needs no `node_modules`, and there are
 * never two copies that do not know each other's classes.
 */
export function shareSdk(): Disposable {
  const url =
    typeof BERTH_BUNDLED === "undefined" ? import.meta.resolve(SDK) : new URL("./sdk.js", import.meta.url).href;
  const hooks = registerHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier === SDK ? { url, shortCircuit: true } : nextResolve(specifier, context),
  });
  return { [Symbol.dispose]: () => hooks.deregister() };
}
