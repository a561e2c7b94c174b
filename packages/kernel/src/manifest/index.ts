export { MANIFEST_FILE, MAX_MANIFEST_BYTES } from "./manifest-file.ts";
export { ManifestReader, type ManifestReading, readManifest } from "./read-manifest.ts";
export { MANIFEST_REVISION } from "./revision.ts";
