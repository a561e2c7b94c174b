import { HostError } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { DiscoveredPlugin, Trust } from "@berth/kernel/discovery";

/** How far a plugin is trusted: by the folder it was found in, or by a signature of a key the operator trusts. */
export type PluginTrust = Trust | "signed";

/**
 * Verifies the signature of a stranger's plugin, where the operator named keys or demands one. Where he did neither, nothing is
 * read.
 *
 * @param options.content a copy of its folder, where that is what will run.
 * @throws HostError `SIGNATURE_INVALID` when a signature is demanded and there is none, and whenever there is one that does not
 * hold: somebody changed what somebody else signed.
 */
export async function trustOf(
  plugin: DiscoveredPlugin,
  config: HostConfig,
  { content, signal }: { content?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<PluginTrust> {
  const { trusted_keys: keys, require_signature: isRequired } = config;
  if (plugin.trust === "first-party" || (keys.length === 0 && !isRequired)) return plugin.trust;
  const { parsePublicKey, SIGNATURE_FILE, verifyFolder } = await import("@berth/registry/signature");
  const known = keys.map((key, at) => {
    const parsed = parsePublicKey(key);
    if (parsed) return parsed;
    throw new HostError("CONFIG_INVALID", `Cannot use trusted_keys.${at}: it is no minisign public key, such as RWQ…`);
  });
  const result = await verifyFolder(plugin.folder, known, {
    ...(content === undefined ? {} : { content }),
    ...(signal ? { signal } : {}),
  });
  if (result.state === "signed") return "signed";
  if (result.state === "unsigned" && !isRequired) return plugin.trust;
  const why = result.state === "invalid" ? result.why : `it has no ${SIGNATURE_FILE}, and require_signature is set`;
  throw new HostError("SIGNATURE_INVALID", `Cannot load plugin "${plugin.name}": ${why}`, {
    details: { plugin: plugin.name },
  });
}
