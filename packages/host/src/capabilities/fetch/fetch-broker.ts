import { runWithin } from "@berth/base";
import type { FetchRequest, FetchResponse } from "@berth/contract";
import {
  type BoundGrant,
  type Destination,
  findDestination,
  type NetworkRefusal,
  type NetworkRules,
  networkRules,
  requestTarget,
} from "@berth/kernel/permissions";
import { failed, malformed, quoted } from "../capability-errors.ts";
import type { CapabilityScope } from "../capability-scope.ts";
import { leadsHome } from "../network/own-addresses.ts";
import { NOT_GRANTED, placeOf } from "../network/wording.ts";
import type { SecretHeaders } from "../secrets/secret-headers.ts";
import type { Slots } from "../slots.ts";
import { checkRequest } from "./check-request.ts";
import { generalPath } from "./general-path.ts";
import { soleHeader } from "./header-list.ts";
import { type HttpTransport, REDIRECT_STATUSES } from "./http-transport.ts";
import { redirectedRequest } from "./redirected-request.ts";

/** What the fetch broker needs beside its scope. */
export interface FetchBrokerOptions {
  pluginName: string;
  grant: Pick<BoundGrant, "network" | "configuredHosts" | "configuredFrom">;
  requests: Slots;
  secrets: SecretHeaders;
  send: HttpTransport;
}

/** Headers by which some servers take a request for one of another method or path. */
const OVERRIDES: ReadonlySet<string> = new Set([
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-url",
  "x-rewrite-url",
]);
const TOTAL_LIMIT_MS = 60_000;
const MOST_REDIRECTS = 5;

/** HTTP for a plugin: every hop is checked against the grant before anything is looked up or sent. */
export class FetchBroker {
  readonly #scope: CapabilityScope;
  readonly #options: FetchBrokerOptions;
  readonly #rules: NetworkRules;

  constructor(scope: CapabilityScope, options: FetchBrokerOptions) {
    this.#scope = scope;
    this.#options = options;
    this.#rules = networkRules(options.grant);
  }

  async fetch(asked: FetchRequest, signal: AbortSignal): Promise<FetchResponse> {
    if (typeof asked !== "object" || asked === null) throw malformed("Cannot fetch: there is no request");
    const checked = checkRequest(asked);
    if ("refused" in checked) {
      const use = { kind: "other", what: checked.refused } as const;
      throw this.#scope.deny("fetch", use, `Cannot fetch with ${checked.refused}: the host does not send it`);
    }
    const request = { ...checked.request, headers: this.#withDefaults(checked.request.headers) };
    // Before anything waits: a plugin must not learn by waiting what it may not reach.
    this.#assertAllowed(checked.url, request);
    return await this.#options.requests.run(signal, () => this.#within(request, checked.url, signal));
  }

  #within(request: FetchRequest, url: URL, signal: AbortSignal): Promise<FetchResponse> {
    const onTimeout = () => failed(`Cannot fetch from ${url.host}: no whole answer within ${TOTAL_LIMIT_MS / 1_000} s`);
    const limits = { clock: this.#scope.clock, limitMs: TOTAL_LIMIT_MS, signal, onTimeout };
    return runWithin(limits, (limited) => this.#follow(request, url, limited));
  }

  async #follow(first: FetchRequest, firstUrl: URL, signal: AbortSignal): Promise<FetchResponse> {
    let request = first;
    let url = firstUrl;
    for (let hops = 0; ; hops++) {
      const answer = await this.#send(request, url, signal);
      const location = soleHeader(answer.headers, "location");
      const isOver = !REDIRECT_STATUSES.has(answer.status) || location === undefined || request.redirect === "manual";
      if (isOver) return answer;
      if (request.redirect === "error")
        throw failed(`Cannot fetch from ${url.host}: it redirects, which was not wanted`);
      if (hops >= MOST_REDIRECTS)
        throw failed(`Cannot fetch from ${firstUrl.host}: more than ${MOST_REDIRECTS} redirects`);
      const next = URL.parse(location, url);
      if (!next)
        throw failed(`Cannot fetch from ${url.host}: it redirects to ${quoted(location)}, which is no address`);
      next.hash = "";
      request = redirectedRequest(request, answer.status, url, next);
      url = next;
    }
  }

  async #send(request: FetchRequest, url: URL, signal: AbortSignal): Promise<FetchResponse> {
    const destination = this.#assertAllowed(url, request);
    const { host, port, entry } = destination;
    const use = { kind: "fetch", method: request.method, host, port, path: generalPath(url.pathname) } as const;
    this.#scope.used("fetch", use, this.#options.grant.configuredFrom?.get(entry) ?? entry);
    const { secrets, send } = this.#options;
    const sent = await secrets.insert(request.headers, destination, url.protocol, signal);
    const answer = await send({ ...request, headers: sent.headers }, destination, signal);
    return sent.hide(answer);
  }

  #assertAllowed(url: URL, { method, headers }: Pick<FetchRequest, "method" | "headers">): Destination {
    const target = requestTarget(url);
    // Such a request takes a grant of the host as a whole, as a connection does.
    const wanted = headers.some(([name]) => OVERRIDES.has(name)) ? "connection" : { method, path: url.pathname };
    const found = target && findDestination(this.#rules, target, wanted);
    if (found && !("refused" in found) && !leadsHome(found)) return found;
    // Without path and query: they may hold what is nobody's business in an audit log.
    const what = `${method} ${url.protocol}//${url.host}`;
    if (!target) {
      const sentence = `Cannot fetch ${quoted(url.protocol)}: only http and https without a user name are`;
      throw this.#scope.deny("fetch", { kind: "other", what }, sentence);
    }
    const use = { kind: "fetch", method, ...target, path: generalPath(url.pathname) } as const;
    throw this.#scope.deny(
      "fetch",
      use,
      `Cannot fetch from ${placeOf(target)}: ${found && "refused" in found ? whyRefused(found, method) : NOT_GRANTED}`,
      {
        what,
      },
    );
  }

  #withDefaults(headers: FetchRequest["headers"]): FetchRequest["headers"] {
    const defaults: [string, string][] = [
      ["user-agent", `berth-plugin/${this.#options.pluginName}`],
      ["accept", "*/*"],
      ["accept-encoding", "gzip, deflate, br"],
    ];
    return [...headers, ...defaults.filter(([name]) => !headers.some(([given]) => given === name))];
  }
}

function whyRefused({ refused, entries }: NetworkRefusal, method: string): string {
  if (refused === "host") return NOT_GRANTED;
  if (refused === "connection") {
    return `only ${entries.join("; ")} was granted, and a header of this request asks for another method or path`;
  }
  return `${method} of this path was not granted, only ${entries.join("; ")}; ask for it in permissions.network`;
}
