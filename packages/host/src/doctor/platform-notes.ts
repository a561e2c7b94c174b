const NO_SANDBOX =
  "Berth has no sandbox of the operating system: tier process runs a plugin under the rules of Node.js alone, which keep a careless " +
  "plugin in and are no wall against a hostile one. Plugins that do not come with Berth are refused, unless berth.yaml says " +
  "minimum_isolation: runtime for one by name. Tier wasm holds here as everywhere";

const NOTES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: `On macOS ${NO_SANDBOX}.`,
  win32: `On Windows ${NO_SANDBOX}.`,
};

/** What is to be known about a system before its tables are read; nothing for Linux, whose report says it all. */
export function platformNotes(platform: NodeJS.Platform): string[] {
  const note = NOTES[platform];
  if (note !== undefined) return [note];
  return platform === "linux" ? [] : [`Berth is not tried on ${platform}; there ${NO_SANDBOX}.`];
}
