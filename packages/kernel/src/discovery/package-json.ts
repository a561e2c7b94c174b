import { MANIFEST_FILE } from "../manifest/manifest-file.ts";

/** The keyword by which a package says it is a plugin. */
export const PLUGIN_KEYWORD = "berth-plugin";

export const MAX_PACKAGE_JSON_BYTES = 1_024 * 1_024;

/** Where a package's manifest is, inside it; empty for a package that is no plugin; or what is wrong with its saying so. */
export type PackageAnswer = { manifest: string } | { fault: string };

export const NO_PLUGIN: PackageAnswer = { manifest: "" };

/** What a `package.json` says. One that is not valid is no plugin of ours: its author hears of it from npm. */
export function readPackageJson(content: Uint8Array): PackageAnswer {
  const parsed = parseTable(content);
  const berth = parsed?.["berth"];
  if (isTable(berth) && Object.hasOwn(berth, "manifest")) return checkManifestPath(berth["manifest"]);
  const keywords = parsed?.["keywords"];
  return Array.isArray(keywords) && keywords.includes(PLUGIN_KEYWORD) ? { manifest: MANIFEST_FILE } : NO_PLUGIN;
}

function parseTable(content: Uint8Array): Record<string, unknown> | undefined {
  if (content.length > MAX_PACKAGE_JSON_BYTES) return undefined;
  try {
    const parsed: unknown = JSON.parse(
      Buffer.from(content)
        .toString("utf8")
        .replace(/^\ufeff/, ""),
    );
    return isTable(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

export function checkManifestPath(stated: unknown): PackageAnswer {
  const path = typeof stated === "string" && stated.length <= 500 ? stated.replace(/^\.\//, "") : "";
  const isInside =
    // oxlint-disable-next-line no-control-regex -- refusing control characters is the purpose
    !/[\u0000-\u001f\u007f\\]|^[A-Za-z]:/.test(path) &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (isInside) return { manifest: path };
  return {
    fault: `says in "berth" that the manifest is elsewhere than inside the package; it must be the path of a file inside the package, such as "${MANIFEST_FILE}"`,
  };
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
