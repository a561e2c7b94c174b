import { join } from "node:path";

/** What is bundled, and where it goes. */
export interface BundlePlan {
  root: string;
  /** Output name to source file, from the root. */
  entries: Readonly<Record<string, string>>;
  /** The entry whose start must be quick: all it imports from the start becomes one file. */
  startOf?: string;
  /** The export of that entry which starts: after its first call, code is kept as it is compiled then, for the starts of later processes. */
  startBy?: string;
  /** Whether each entry has all it needs in its own file; otherwise entries share what they have in common. */
  isOneFileEach?: boolean;
  /** The entries that become scripts, whose code is kept by who starts them: each runs many times in one process. */
  scripts?: readonly string[];
  /** Files that are no modules and lie beside the bundle: name there to file, from the root. */
  copies?: Readonly<Record<string, string>>;
  /** Programs in C that lie beside the bundle, where there is a compiler: name there to source, from the root. */
  programs?: Readonly<Record<string, string>>;
  /** From the root. */
  outFolder: string;
  /** Files that stay imports, of another bundle: the end of the path to where it lies from the output. */
  elsewhere?: Readonly<Record<string, string>>;
  /** Packages left where they are: native code cannot be bundled, and data is read faster than compiled. */
  external: readonly string[];
}

/** A program that is written for Linux, for the processor that builds it. */
const forLinux = (name: string, source: string): Readonly<Record<string, string>> =>
  process.platform === "linux" ? { [`${name}-linux-${process.arch}`]: source } : {};

/** Starts the commands of `rpr`. */
const STARTER = forLinux("starter", "apps/repeater/src/exec/kept/starter/starter.c");
/** Tells hosts what happens in folders. */
const WATCHER = forLinux("watcher", "packages/kernel/src/watch/system/watcher.c");

/**
 * The command, and what plugins import. Bundled together, so that the command and the plugins share one copy of what both need.
 *
 * Bundled code lies elsewhere than its source: paths made with `import.meta.dirname` change, while `import.meta.resolve` of a
 * package works from either place.
 */
export const BUNDLE: BundlePlan = {
  root: join(import.meta.dirname, "../.."),
  entries: {
    main: "packages/cli/src/main.ts",
    host: "packages/host/src/index.ts",
    sdk: "packages/sdk/src/index.ts",
    "sdk-runtime": "packages/sdk/src/runtime/index.ts",
    "governor-worker": "packages/runners/src/limits/governor-worker.ts",
    "check-thread": "packages/registry/src/checker/check-thread.ts",
    "rpr-plugins": "apps/repeater/src/plugins/open-plugin-side.ts",
  },
  startOf: "host",
  startBy: "createHost",
  copies: {
    "prelude.pl": "packages/runners/src/sandbox/full/prelude.pl",
    "stage.pl": "packages/runners/src/sandbox/full/stage.pl",
    "launcher.pl": "packages/runners/src/sandbox/landlock/launcher.pl",
  },
  programs: { ...STARTER, ...WATCHER },
  outFolder: "packages/cli/dist",
  external: [
    "@takumi-rs/core",
    "oxc-parser",
    "sharp",
    "@iconify-json/lucide",
    "@fontsource/inter",
    "esbuild",
    "componentize-qjs",
  ],
};

/**
 * What runs beside a plugin's code. Each is one file with an SDK of its own: it starts with every plugin, often in a sandbox that shows
 * it nothing else. For the sources it lies where {@link GUESTS} says, in what is shipped beside the command.
 */
export const GUESTS: BundlePlan = {
  root: BUNDLE.root,
  entries: {
    "worker-guest": "packages/runners/src/guest/worker-guest.ts",
    "process-guest": "packages/runners/src/guest/process-guest.ts",
    "wasm-guest": "packages/runners/src/wasm/guest/wasm-guest.ts",
    "strip-guest": "packages/runners/src/guest/strip-guest.ts",
  },
  isOneFileEach: true,
  scripts: ["worker-guest"],
  outFolder: "packages/runners/dist",
  external: [],
};

/**
 * `rpr` by itself, without the host: it starts in little more than Node.js takes. What needs plugins comes from the other bundle, when
 * it is needed.
 */
export const RPR: BundlePlan = {
  root: BUNDLE.root,
  entries: { main: "apps/repeater/src/main.ts" },
  startOf: "main",
  elsewhere: { "plugins/open-plugin-side.ts": "../rpr-plugins.js" },
  outFolder: "packages/cli/dist/rpr",
  external: [],
};

/** What runs beside the sources that ask for it. */
const programsIn = (outFolder: string, programs: Readonly<Record<string, string>>): BundlePlan => ({
  root: BUNDLE.root,
  entries: {},
  programs,
  outFolder,
  external: [],
});

/** What the sources need beside them. */
export const FOR_SOURCES: readonly BundlePlan[] = [
  GUESTS,
  programsIn("apps/repeater/dist", STARTER),
  programsIn("packages/kernel/dist", WATCHER),
];

/** All that `npm run build` makes. */
export const PLANS: readonly BundlePlan[] = [
  BUNDLE,
  RPR,
  { ...GUESTS, outFolder: "packages/cli/dist/guest" },
  ...FOR_SOURCES,
];
