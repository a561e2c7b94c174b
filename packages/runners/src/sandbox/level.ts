/**
 * How firmly the operating system holds a program here. `full`: namespaces, system call filter and rlimits. `landlock`: file rules,
 * filter and rlimits; names and metadata of foreign files can be seen. `none`: nothing that deserves the word.
 */
export type SandboxLevel = "full" | "landlock" | "none";

/** What a sandbox is made of. Each can be hidden from {@link SandboxFactory}, to see what is left without it. */
export const PRIMITIVES = [
  "bwrap",
  "user-namespaces",
  "seccomp",
  "landlock",
  "rlimits",
  "uid-drop",
  "node-permission",
] as const;

/** One of {@link PRIMITIVES}. */
export type Primitive = (typeof PRIMITIVES)[number];
