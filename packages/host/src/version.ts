import manifest from "../package.json" with { type: "json" };

/** What a plugin's `dependencies.host` is held against. */
export const HOST_VERSION: string = manifest.version;
