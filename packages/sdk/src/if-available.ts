import { isUnavailable } from "@berth/contract";

/**
 * The answer of a call that the plugin can do without: nothing where whoever is called is broken, left alone by its breaker, switched
 * off or not there. What is wrong with the call itself is thrown all the same.
 *
 * @example
 * defineSource("prices", {
 *   create: (_config, ctx) => ({
 *     fetch: async (call) => {
 *       const rate = await ifAvailable(ctx.services.call("exchange-rates", "of", "EUR", call));
 *       return { title: "Prices", lines: [rate === undefined ? "no exchange rate just now" : `1 EUR is ${rate} USD`] };
 *     },
 *   }),
 * });
 */
export async function ifAvailable<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isUnavailable(error)) return undefined;
    throw error;
  }
}
