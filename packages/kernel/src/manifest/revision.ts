/**
 * Names the rules that manifests are read by. A cached reading of a manifest is worth nothing once they change, so the index of
 * discovery carries this and is rebuilt when it differs. A test computes it from the schema and the sources of
 * `readManifest`, the wording of problems included, and says what to put here.
 */
export const MANIFEST_REVISION = "ac8b5bceaf8b";
