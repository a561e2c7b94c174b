/**
 * Who may import whom. Lower layers know nothing of higher ones:
 *
 *     base ← contract ← protocol ← sdk ← plugins
 *     base, contract ← kernel ← runners, storage, jobs, telemetry, registry, cluster
 *     all of those ← host ← control ← apps ← cli;  host ← testing;  the dashboard talks to control over HTTP only
 *
 * Everything may import itself; nothing else is allowed that is not listed.
 */
export interface ImportRule {
  /** Packages by short name (`kernel` is `@berth/kernel`); `apps` stands for all of them. */
  mayImport: readonly string[];
  /** What its tests may import beside that. */
  testsMayImport?: readonly string[];
  /** Plugins: no Node.js builtin, no third-party package, no computed import. The world is reached through the context. */
  isConfined?: true;
}

const GROUND = ["base", "contract"];
const OVER_KERNEL = [...GROUND, "kernel"];
const BELOW_HOST = [
  ...OVER_KERNEL,
  "protocol",
  "sdk",
  "runners",
  "storage",
  "jobs",
  "telemetry",
  "registry",
  "cluster",
];
const HOST = [...BELOW_HOST, "host"];
const EVERYTHING = [...HOST, "control", "testing", "apps", "cli"];

/** By folder under `packages/`. A package that is not named here fails the check, so that its place is decided. */
export const PACKAGE_RULES: Readonly<Record<string, ImportRule>> = {
  base: { mayImport: [] },
  contract: { mayImport: ["base"] },
  protocol: { mayImport: GROUND },
  // The half of the channel that runs beside a plugin's code.
  sdk: { mayImport: [...GROUND, "protocol"] },
  kernel: { mayImport: GROUND },
  // The inline tier runs the in-plugin half of the SDK in its own thread; the others start it elsewhere.
  runners: { mayImport: [...OVER_KERNEL, "protocol", "sdk"] },
  storage: { mayImport: OVER_KERNEL },
  jobs: { mayImport: OVER_KERNEL },
  telemetry: { mayImport: OVER_KERNEL },
  registry: { mayImport: OVER_KERNEL },
  cluster: { mayImport: OVER_KERNEL },
  host: { mayImport: BELOW_HOST, testsMayImport: ["testing"] },
  testing: { mayImport: HOST },
  control: { mayImport: HOST, testsMayImport: ["testing"] },
  cli: { mayImport: [...HOST, "control", "apps"], testsMayImport: ["testing"] },
  dashboard: { mayImport: [] },
  "create-berth-plugin": { mayImport: [] },
};

/** By group of folders. */
export const GROUP_RULES = {
  apps: { mayImport: [...HOST, "control"], testsMayImport: ["testing"] },
  plugins: { mayImport: ["sdk"], testsMayImport: ["testing"], isConfined: true },
  examples: { mayImport: EVERYTHING },
  bench: { mayImport: EVERYTHING },
  scripts: { mayImport: EVERYTHING },
} as const satisfies Record<string, ImportRule>;

/** Where code lives: a folder, or a folder of folders when it ends in `/*`; the first that fits a file owns it. */
export const PLACES = [
  { folder: "packages/*", group: "packages" },
  { folder: "apps/*", group: "apps" },
  { folder: "plugins/*", group: "plugins" },
  { folder: "examples/plugins/*", group: "plugins" },
  { folder: "examples", group: "examples" },
  { folder: "bench", group: "bench" },
  { folder: "scripts", group: "scripts" },
] as const;

/** Folders that hold no code of ours, or code that is meant to be wrong. */
export const SKIPPED_FOLDERS = new Set([
  "node_modules",
  "dist",
  "coverage",
  "output",
  "fixtures",
  "recordings",
  ".berth",
]);

/** The scope of all our packages. */
export const SCOPE = "@berth/";
