import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { expectNoLeaks } from "./expect-no-leaks.ts";

describe("expectNoLeaks", () => {
  test("gives what the work gives when nothing is left, also of what closes a moment later", async () => {
    const result = await expectNoLeaks(async () => {
      const server = createServer().listen(0);
      await once(server, "listening");
      setTimeout(() => server.close(), 30);
      return 7;
    });
    expect(result).toBe(7);
  });

  test("names a timer, a socket and a timer of the clock that are left", async () => {
    const clock = new ManualClock();
    let timer: NodeJS.Timeout | undefined;
    let server: Server | undefined;
    const leak = async (): Promise<void> => {
      timer = setTimeout(() => undefined, 60_000);
      server = createServer().listen(0);
      await once(server, "listening");
      clock.setTimer(() => undefined, 1);
    };
    try {
      const check = expectNoLeaks(leak, { clock, settleMs: 20 });
      await expect(check).rejects.toThrow(
        /^Left behind: (?=.*1 Timeout)(?=.*1 TCPServerWrap)(?=.*1 ManualClock timer)/,
      );
    } finally {
      clearTimeout(timer);
      server?.close();
    }
  });

  test("lets an error of the work through", async () => {
    await expect(expectNoLeaks(() => Promise.reject(new Error("its own")))).rejects.toThrow("its own");
  });
});
