import manifest from "../package.json" with { type: "json" };

/** The version of the command line and of the host it brings. */
export const VERSION: string = manifest.version;
