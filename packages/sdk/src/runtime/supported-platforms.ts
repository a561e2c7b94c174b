import { HostError } from "@berth/contract";

/** What this code runs on; a component does not know. */
function ownPlatform(): string | undefined {
  return (globalThis as { process?: { platform?: string } }).process?.platform;
}

/**
 * Whether an executor can work here, by what it says itself.
 *
 * @throws HostError `CONFIG_INVALID` when this system is none of those it names, `CONTRACT_BROKEN` when what it says is no list of names.
 */
export function requireSupportedPlatform(contribution: string, supported: unknown, platform = ownPlatform()): void {
  if (supported === undefined || platform === undefined) return;
  if (!Array.isArray(supported) || !supported.every((name) => typeof name === "string")) {
    throw new HostError(
      "CONTRACT_BROKEN",
      `Cannot use ${contribution}: supportedPlatforms must be a list of names such as linux`,
    );
  }
  if (supported.includes(platform)) return;
  throw new HostError(
    "CONFIG_INVALID",
    `Cannot use ${contribution}: so configured it works on ${supported.join(", ") || "no system"}, and this is ${platform}`,
  );
}
