import dns from "node:dns";
import { isIP } from "node:net";

type Answer = (error: Error | null, address: unknown, family?: number) => void;

/**
 * Makes looking a name up answer with the name itself: nobody here can ask a name server, and the host looks the name up when it
 * connects. So a client that looks up first and connects to what it got still connects. The result puts Node's own way back.
 */
export function routeNames(): Disposable {
  const callbacks = dns as unknown as { lookup: unknown };
  const promises = dns.promises as unknown as { lookup: unknown };
  const before = [callbacks.lookup, promises.lookup];
  callbacks.lookup = (host: string, options: unknown, answer?: Answer) => {
    const reply = (answer ?? options) as Answer;
    const found = addressOf(host);
    process.nextTick(() => (isForAll(options) ? reply(null, [found]) : reply(null, found.address, found.family)));
  };
  promises.lookup = async (host: string, options?: unknown) =>
    isForAll(options) ? [addressOf(host)] : addressOf(host);
  return {
    [Symbol.dispose]: () => {
      [callbacks.lookup, promises.lookup] = before;
    },
  };
}

function addressOf(host: string): { address: string; family: number } {
  return { address: host, family: isIP(host) === 6 ? 6 : 4 };
}

function isForAll(options: unknown): boolean {
  return typeof options === "object" && options !== null && (options as { all?: unknown }).all === true;
}
