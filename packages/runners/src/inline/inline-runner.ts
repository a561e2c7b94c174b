import { errorMessage } from "@berth/base";
import { type Channel, HostError } from "@berth/contract";
import type { OpenRequest, Runner, TierReport } from "@berth/kernel/runner";
import { PluginRuntime } from "@berth/sdk/runtime";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stateBytes } from "../limits/state-bytes.ts";
import { HELD_BY_HOST } from "./held-by-host.ts";
import { InlineChannel } from "./inline-channel.ts";
import { shareSdk } from "./share-sdk.ts";

/**
 * Runs plugins in the host's own thread, with the host's rights: for first-party plugins and hot paths. It enforces nothing but
 * error handling.
 */
export class InlineRunner implements Runner, Disposable {
  readonly tier = "inline";
  #sharedSdk: Disposable | undefined;

  report(): Promise<TierReport> {
    return Promise.resolve(INLINE_REPORT);
  }

  async open(request: OpenRequest, signal: AbortSignal): Promise<Channel> {
    this.#sharedSdk ??= shareSdk();
    const module = await importModule(request);
    signal.throwIfAborted();
    const runtime = new PluginRuntime(module, request.identity, {
      capabilities: request.capabilities,
      now: request.now,
      ...(request.settings ? { settings: request.settings } : {}),
    });
    return new InlineChannel(request.identity.name, runtime, stateBytes(request.limits), request.scope);
  }

  [Symbol.dispose](): void {
    this.#sharedSdk?.[Symbol.dispose]();
    this.#sharedSdk = undefined;
  }
}

const INLINE_REPORT: TierReport = {
  tier: "inline",
  level: "none",
  mechanisms: [{ name: "the host's own thread", works: true, detail: "errors are caught, nothing else is held" }],
  enforces: HELD_BY_HOST,
};

/** The query makes Node load the file afresh for every generation but the first; the first shares the module cache. */
async function importModule({ folder, manifest, generation, identity }: OpenRequest): Promise<unknown> {
  const url = pathToFileURL(join(folder, manifest.runtime.entry));
  if (generation > 1) url.searchParams.set("generation", String(generation));
  try {
    return await nativeImport(url.href);
  } catch (error) {
    throw new HostError(
      "PLUGIN_FAILED",
      `Cannot load plugin "${identity.name}" from ${manifest.runtime.entry}: ${errorMessage(error)}`,
      {
        cause: error,
      },
    );
  }
}

const NATIVE_IMPORT = "data:text/javascript,export default (url) => import(url)";

/**
 * `import()` of Node.js itself. Written out here it would be what a bundler or a test runner makes of it when the host is part of a
 * larger program, and those know nothing of plugin folders; in a module that only Node.js reads it stays what it is.
 */
async function nativeImport(url: string): Promise<unknown> {
  const { default: load } = (await import(NATIVE_IMPORT)) as { default: (url: string) => Promise<unknown> };
  return load(url);
}
