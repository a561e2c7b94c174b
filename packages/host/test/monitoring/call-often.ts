import type { TestHost } from "@berth/testing";
import { aCall } from "../plugins-of-tests.ts";

/** Calls `source/NAME` so many times, one after the other, whether it fails or not. */
export async function callOften(host: TestHost, source: string, count: number): Promise<void> {
  await using instance = host.instance({ contribution: `source/${source}`, instanceId: source });
  const call = aCall({ signal: AbortSignal.timeout(60_000), caller: "host" });
  for (let n = 0; n < count; n++)
    await instance
      .method("fetch")([], call)
      .catch(() => undefined);
}
