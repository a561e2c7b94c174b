import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { DeleteOptions, Status } from "@kubernetes-models/apimachinery/apis/meta/v1";
import { type IJob, type IJobStatus, Job } from "kubernetes-models/batch/v1";
import { type IContainerState, type IPodStatus, Pod } from "kubernetes-models/v1";
import { PodLog } from "./pod-log.ts";

/** What a pod is, as a test wants it; `gone` is none at all. */
export type PodScript = { status: IPodStatus } | "gone";

/** A Job as far as the tests look at it. */
export interface MadeJob {
  metadata: { name: string; labels: Record<string, string> };
  spec: { activeDeadlineSeconds?: number; template: { spec: object } };
}

/** What the API's own description says it looks like. */
interface Described {
  validate(): void;
}

/**
 * An API server over real HTTP, for Jobs, Pods, their logs and Status. What it is sent and what it answers is held to the schemas that
 * Kubernetes publishes of its API: a Job that breaks them is refused, as by a cluster. No cluster was ever asked.
 */
export class ApiStandIn implements AsyncDisposable {
  readonly log = new PodLog();
  /** Method and path of what was asked, without what it was asked with. */
  readonly asked: string[] = [];
  readonly tokens = new Set<string | undefined>();
  /** The Jobs that were made, and those that are there. */
  readonly made: MadeJob[] = [];
  readonly jobs = new Map<string, MadeJob>();
  readonly deletions: unknown[] = [];
  pod: PodScript = "gone";
  jobStatus: IJobStatus = {};
  /** What comes in place of the next answers. */
  readonly faults: number[] = [];
  /** Called before a request is answered. */
  onRequest: (line: string) => void = () => undefined;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => {
      response.destroy();
      throw error;
    });
  });

  static async open(): Promise<ApiStandIn> {
    const made = new ApiStandIn();
    made.#server.listen(0, "127.0.0.1");
    await once(made.#server, "listening");
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://api");
    const line = `${request.method} ${pathname}`;
    this.asked.push(line);
    this.tokens.add(request.headers.authorization);
    this.onRequest(line);
    const body = request.method === "GET" ? undefined : await json(request);
    const fault = this.faults.shift();
    if (fault !== undefined)
      return this.#status(response, fault, "the server is currently unable to handle the request");
    const [, job] = /^\/apis\/batch\/v1\/namespaces\/work\/jobs(?:\/([^/]+))?$/.exec(pathname) ?? [];
    if (line === "POST /apis/batch/v1/namespaces/work/jobs") return this.#create(response, body as MadeJob);
    if (job !== undefined && request.method === "DELETE") return this.#delete(response, job, body);
    if (job !== undefined) return this.#job(response, job);
    if (pathname === "/api/v1/namespaces/work/pods") return this.#pods(response, searchParams);
    if (pathname === "/api/v1/namespaces/work/pods/pod-1/log") return this.#logOf(response, searchParams);
    this.#status(response, 403, `User "system:anonymous" cannot ${line}`);
  }

  #create(response: ServerResponse, body: MadeJob): void {
    const wrong = problemOf(new Job(body as IJob));
    if (wrong !== undefined) return this.#status(response, 422, `Job.batch is invalid: ${wrong}`);
    this.made.push(body);
    this.jobs.set(body.metadata.name, body);
    this.#answerWith(response, 201, new Job({ ...(body as IJob), metadata: { ...body.metadata, uid: "u-1" } }));
  }

  #delete(response: ServerResponse, name: string, options: unknown): void {
    const wrong = problemOf(new DeleteOptions(options as object));
    if (wrong !== undefined) return this.#status(response, 422, `DeleteOptions is invalid: ${wrong}`);
    this.deletions.push(options);
    if (!this.jobs.delete(name)) return this.#status(response, 404, `jobs.batch "${name}" not found`);
    this.#answerWith(response, 200, new Status({ status: "Success" }));
  }

  #job(response: ServerResponse, name: string): void {
    const job = this.jobs.get(name);
    if (!job) return this.#status(response, 404, `jobs.batch "${name}" not found`);
    this.#answerWith(response, 200, new Job({ ...(job as IJob), status: this.jobStatus }));
  }

  #pods(response: ServerResponse, query: URLSearchParams): void {
    const name = query.get("labelSelector")?.replace(/^batch\.kubernetes\.io\/job-name=/, "") ?? "";
    const { pod } = this;
    const isThere = this.jobs.has(name) && pod !== "gone";
    const items = isThere ? [{ metadata: { name: "pod-1", namespace: "work" }, ...pod }] : [];
    for (const item of items) new Pod(item).validate();
    // In a list each comes without its kind.
    this.#json(response, 200, { kind: "PodList", apiVersion: "v1", metadata: {}, items });
  }

  #logOf(response: ServerResponse, query: URLSearchParams): void {
    response.writeHead(200, { "content-type": "text/plain" }).end(this.log.answer(query));
  }

  #status(response: ServerResponse, code: number, message: string): void {
    this.#answerWith(response, code, new Status({ status: "Failure", message, code }));
  }

  #answerWith(response: ServerResponse, status: number, body: Described): void {
    body.validate();
    this.#json(response, status, body);
  }

  #json(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }
}

function problemOf(body: Described): string | undefined {
  try {
    body.validate();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const OF_THE_IMAGE = { image: "tiny", imageID: "", ready: false, restartCount: 0 };

const container = (state: IContainerState, phase: IPodStatus["phase"] & string): PodScript => ({
  status: { phase, containerStatuses: [{ name: "command", ...OF_THE_IMAGE, state }] },
});

export const PODS = {
  running: container({ running: { startedAt: "2026-01-31T12:00:00Z" } }, "Running"),
  ended: (exitCode: number, reason = exitCode === 0 ? "Completed" : "Error"): PodScript =>
    container({ terminated: { exitCode, reason } }, exitCode === 0 ? "Succeeded" : "Failed"),
  waiting: (reason: string, message: string): PodScript => container({ waiting: { reason, message } }, "Pending"),
  unschedulable: {
    status: {
      phase: "Pending",
      conditions: [
        {
          type: "PodScheduled",
          status: "False",
          reason: "Unschedulable",
          message: "0/3 nodes are available: 3 Insufficient cpu.",
        },
      ],
    },
  },
  evicted: { status: { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." } },
} satisfies Record<string, PodScript | ((...given: never[]) => PodScript)>;
