export { MAX_MANIFEST_BYTES } from "./parse-document.ts";
export { type ManifestReading, readManifest } from "./read-manifest.ts";
