import { HostError } from "@berth/contract";

/** Arguments as `bwrap --args` and the Landlock launcher read them: each ended by a zero byte. */
export function encodeArguments(list: readonly string[]): Buffer {
  const bad = list.find((argument) => argument.includes("\0"));
  // Otherwise what follows the zero byte would be an option of its own.
  if (bad !== undefined) {
    throw new HostError("CONFIG_INVALID", `Cannot start a sandbox: ${JSON.stringify(bad)} contains a zero byte`);
  }
  return Buffer.from(list.map((argument) => `${argument}\0`).join(""));
}
