import { type ContributionDescription, HostError, type InstanceRequest } from "@berth/contract";
import type { OpenRequest } from "@berth/kernel/runner";
import { type Hello, type OpenInstance, PROTOCOL } from "@berth/sdk/runtime";
import { isText, membersOf, parseContributions, parseMembers } from "./parse-answers.ts";

/** There are three; what a plugin lists beside them means nothing. */
const MOST_HOOKS = 16;
const MOST_ENCODINGS = 16;
/** Instances that are opened in the handshake, and characters of what is said of them; more are opened one by one. */
const MOST_EARLY = 32;
const MOST_EARLY_CHARACTERS = 16_384;

/** What a plugin says of itself in its answer to `hello`. */
export interface Greeting {
  contributions: readonly ContributionDescription[];
  keepsState: boolean;
  quiets: boolean;
  /** In which it has something to do; absent where it did not say. */
  hooks?: ReadonlySet<unknown> | undefined;
  inspects: boolean;
  /** What it reads beside the encoding it uses. */
  encodings: readonly string[];
  /** Members of the instances that are open already. */
  opened: Map<InstanceRequest, readonly string[]>;
}

/** Of a plugin that has not answered yet. */
export function nothingSaid(): Greeting {
  return { contributions: [], keepsState: false, quiets: false, inspects: false, encodings: [], opened: new Map() };
}

/** What the host says first. @param more of what the plugin runs in. */
export function helloOf(request: OpenRequest, more: Pick<Hello, "code" | "environment" | "encodings">): Hello {
  const { identity, now, settings } = request;
  const { code, environment, encodings } = more;
  const instances = earlyInstances(request);
  return {
    protocol: PROTOCOL,
    plugin: identity,
    code,
    now: now(),
    ...(environment ? { environment } : {}),
    ...(settings ? { settings } : {}),
    ...(encodings ? { encodings } : {}),
    ...(instances.length > 0 ? { instances: instances.map(openMessage) } : {}),
  };
}

/** @throws HostError for what is no answer to {@link helloOf} of the same request. */
export function parseGreeting(value: unknown, request: OpenRequest): Greeting {
  const { identity } = request;
  const answer = membersOf(value);
  if (answer.protocol !== PROTOCOL) {
    throw new HostError(
      "PLUGIN_INCOMPATIBLE",
      `Cannot load plugin "${identity.name}": it does not speak version ${PROTOCOL} of the protocol`,
    );
  }
  return {
    contributions: parseContributions(answer.contributions, identity),
    keepsState: answer.keepsState === true,
    quiets: answer.quiets === true,
    hooks: Array.isArray(answer.hooks) ? new Set(answer.hooks.slice(0, MOST_HOOKS)) : undefined,
    inspects: answer.inspects === true,
    encodings: Array.isArray(answer.encodings) ? answer.encodings.filter(isText).slice(0, MOST_ENCODINGS) : [],
    opened: parseOpened(answer.opened, earlyInstances(request)),
  };
}

/** What is said of an instance that is to be opened. */
export function openMessage({ instanceId, contribution, config }: InstanceRequest): OpenInstance {
  return { instanceId, contribution, config };
}

function parseOpened(value: unknown, instances: readonly InstanceRequest[]): Greeting["opened"] {
  const opened: Greeting["opened"] = new Map();
  const answers = Array.isArray(value) ? value : [];
  for (const [nth, request] of instances.entries()) {
    if (membersOf(answers[nth]).members !== undefined) {
      opened.set(request, parseMembers(answers[nth], request.contribution));
    }
  }
  return opened;
}

/** Few, and small: the handshake has to pass before larger messages may. */
function earlyInstances({ instances = [] }: OpenRequest): readonly InstanceRequest[] {
  if (instances.length === 0 || instances.length > MOST_EARLY) return [];
  try {
    return JSON.stringify(instances.map(openMessage)).length <= MOST_EARLY_CHARACTERS ? instances : [];
  } catch {
    return []; // Whoever opens it by name says what cannot be sent.
  }
}
