import type { Host } from "@berth/host";
import type { HttpRoute } from "./http-route.ts";

/** `/metrics`, for Prometheus. What writes it is loaded by the first who asks. */
export function metricsRoute(host: Host): HttpRoute {
  return {
    path: "/metrics",
    handle: async ({ accept }) => {
      const { renderHostMetrics } = await import("@berth/host/metrics");
      const { type, body } = await renderHostMetrics(host, accept);
      return { status: 200, type, body };
    },
  };
}
