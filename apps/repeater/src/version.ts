import manifest from "../package.json" with { type: "json" };

/** The version of `rpr`, which is that of the host it brings. */
export const VERSION: string = manifest.version;
