import type { PermissionName } from "./reach.ts";

/** How much a finding weighs: worth knowing, worth a look, or a reason not to run the code at all. */
export type Weight = "note" | "warning" | "danger";

/** What a scan looks for. */
export interface Pattern {
  weight: Weight;
  /** What it means for whoever reads the report. */
  sentence: string;
  /** The permission without which it cannot work in a sandbox. */
  needs?: PermissionName;
}

/** Every pattern, by the name a report gives it. */
export const PATTERNS = {
  "dynamic-code": { weight: "warning", sentence: "makes code out of text" },
  "dynamic-import": { weight: "warning", sentence: "loads a module whose name is not known before it runs" },
  "native-addon": { weight: "danger", sentence: "loads machine code, past every rule of the runtime" },
  "runtime-internals": { weight: "danger", sentence: "reaches for internals of Node.js" },
  "loader-hooks": { weight: "warning", sentence: "changes how modules are loaded" },
  "kills-processes": { weight: "danger", sentence: "sends signals to processes" },
  "starts-programs": {
    weight: "warning",
    sentence: "starts programs by itself; ctx.exec does it with leave",
    needs: "exec",
  },
  "starts-threads": { weight: "note", sentence: "starts threads of its own" },
  "opens-files": {
    weight: "note",
    sentence: "opens files by itself; ctx.files does it with leave",
    needs: "filesystem",
  },
  "opens-sockets": { weight: "note", sentence: "opens connections by itself", needs: "network" },
  "opens-databases": { weight: "note", sentence: "opens database files by itself", needs: "filesystem" },
  "reads-environment": {
    weight: "warning",
    sentence: "reads the environment; ctx.env and ctx.secrets do it with leave",
  },
  "pollutes-prototypes": { weight: "danger", sentence: "changes what all objects inherit" },
  "replaces-globals": { weight: "warning", sentence: "replaces a global that other code relies on" },
  "hides-text": { weight: "warning", sentence: "holds a long text that nobody can read" },
  "reads-host-places": {
    weight: "danger",
    sentence: "names a file of the machine that holds secrets or other processes",
  },
  "names-metadata-service": {
    weight: "danger",
    sentence: "names the address that gives out a cloud machine's credentials",
  },
  unreadable: { weight: "danger", sentence: "is no JavaScript or TypeScript that can be read" },
} as const satisfies Record<string, Pattern>;

/** A key of {@link PATTERNS}. */
export type PatternName = keyof typeof PATTERNS;
