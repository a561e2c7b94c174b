import type { Host } from "@berth/host";
import { parseListenAddress } from "@berth/kernel/config";
import { healthRoutes } from "./health-routes.ts";
import { openHttpListener } from "./http-listener.ts";
import type { HttpRoute } from "./http-route.ts";
import { metricsRoute } from "./metrics-route.ts";

/**
 * The HTTP server of a host, where its configuration asks for one. It is made before the host and disposed after it, so that probes are
 * answered while plugins stop.
 */
export class HostHttp implements AsyncDisposable {
  readonly #owned = new AsyncDisposableStack();
  #address: string | undefined;

  /** As `127.0.0.1:9464`; absent: it does not listen. */
  get address(): string | undefined {
    return this.#address;
  }

  /**
   * Listens, if `http.listen` says so. From `stop` on the host is not ready any more.
   *
   * @throws HostError `HTTP_UNAVAILABLE` when it cannot listen there.
   */
  async open(host: Host, stop: AbortSignal): Promise<void> {
    const beginStop = (): void => host.health.beginStop();
    if (stop.aborted) beginStop();
    stop.addEventListener("abort", beginStop, { once: true });
    this.#owned.defer(() => stop.removeEventListener("abort", beginStop));
    const listen = host.config.http && parseListenAddress(host.config.http.listen);
    if (!listen) return;
    const { clock, log } = host;
    const listener = this.#owned.use(await openHttpListener({ listen, routes: routesOf(host), clock, log }));
    this.#address = listener.address;
    log.info(`Listening at http://${listener.address}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

/** All that can be read of a host over HTTP. */
function routesOf(host: Host): HttpRoute[] {
  return [...healthRoutes(host), metricsRoute(host)];
}
