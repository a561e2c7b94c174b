import { builtinModules } from "node:module";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";
import type * as Esbuild from "esbuild";
import { insteadOf } from "./node-modules.ts";

/** Syntax whose meaning lies in the engine's own promises, which nobody would drive inside a component. */
const WRITTEN_OUT = {
  "async-await": false,
  "async-generator": false,
  "for-await": false,
  "top-level-await": false,
  using: false,
} as const;

const SHIMS: Readonly<Record<string, string>> = {
  // All that the SDK wants of it is how Node.js prints a secret.
  "node:util": 'export const inspect = { custom: Symbol.for("nodejs.util.inspect.custom") };',
};

/**
 * One module of the plugin at `entry`, the SDK and all that they import, in which the plugin is spoken for to the host.
 *
 * @throws HostError `PLUGIN_FAILED` naming file and line; `PLUGIN_INCOMPATIBLE` where the build tools are missing.
 */
export async function bundlePlugin(entry: string): Promise<string> {
  const { build } = await importEsbuild();
  try {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(import.meta.resolve("@berth/runners/component-main"))],
      absWorkingDir: dirname(entry),
      bundle: true,
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      target: "esnext",
      supported: { ...WRITTEN_OUT },
      define: { "Buffer.byteLength": "__utf8Length" },
      inject: [fileURLToPath(import.meta.resolve("@berth/runners/component-globals"))],
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: "inline",
      logLevel: "silent",
      write: false,
      plugins: [pluginCode(entry)],
    });
    return withOwnAsync(outputFiles[0]!.text);
  } catch (error) {
    throw notBuilt(entry, error);
  }
}

/**
 * Has async functions run by our promises' own way, which takes half as long as what esbuild writes for any promises. Where that is
 * written in another way than expected, it stays.
 */
function withOwnAsync(text: string): string {
  const start = "var __async=(__this,__arguments,generator)=>";
  const own = "var __async=(self,args,generator)=>globalThis.__runAsync(generator.apply(self,args)),__asyncOfEsbuild=";
  return text.replace(start, () => own + start.slice("var __async=".length));
}

async function importEsbuild(): Promise<typeof Esbuild> {
  try {
    return await import("esbuild");
  } catch (cause) {
    throw new HostError(
      "PLUGIN_INCOMPATIBLE",
      "Cannot build the plugin: esbuild, which makes one file of it, is not installed; run npm install --save-dev esbuild",
      { cause },
    );
  }
}

/** Leads the imports of the plugin and of what speaks for it to where they are. */
function pluginCode(entry: string): Esbuild.Plugin {
  return {
    name: "plugin-code",
    setup(build) {
      build.onResolve({ filter: /^berth:plugin-code$/ }, () => ({ path: entry }));
      build.onResolve({ filter: /^berth:plugin\// }, ({ path }) => ({ path, external: true }));
      build.onResolve({ filter: /^@berth\/sdk$/ }, ({ path }) => ({ path: fileURLToPath(import.meta.resolve(path)) }));
      const builtins = builtinModules.map((name) => RegExp.escape(name)).join("|");
      build.onResolve({ filter: new RegExp(`^(?:node:.*|${builtins})$`) }, ({ path, importer }) => {
        if (!isOwn(importer)) return { errors: [{ text: insteadOf(path) }] };
        if (Object.hasOwn(SHIMS, path)) return { path, namespace: "shim" };
        // Of what a component does not use, and which is left out with what imports it.
        return { path, external: true, sideEffects: false };
      });
      build.onLoad({ filter: /.*/, namespace: "shim" }, ({ path }) => ({ contents: SHIMS[path]!, loader: "js" }));
    },
  };
}

const OWN = ["@berth/base", "@berth/contract", "@berth/protocol", "@berth/sdk"];

function isOwn(file: string): boolean {
  return OWN.some((name) => file.startsWith(dirname(fileURLToPath(import.meta.resolve(name)))));
}

const NO_WAITING = "a component's modules run when it is built and cannot wait there; await it in initialize";

function notBuilt(entry: string, error: unknown): HostError {
  const { errors = [] } = error as Partial<Esbuild.BuildFailure>;
  const lines = errors.slice(0, 10).map(({ text, location }) => {
    const told = text.startsWith("Top-level await") ? NO_WAITING : text;
    return location ? `${location.file}:${location.line}:${location.column + 1}: ${told}` : told;
  });
  const what = lines.length > 0 ? lines.join("\n  ") : errorMessage(error);
  return new HostError("PLUGIN_FAILED", `Cannot build ${basename(entry)}:\n  ${what}`, { cause: error });
}
