import {
  type BusEvent,
  type CallContext,
  type ContributionKind,
  HostError,
  INSTANCE_MEMBERS,
  type Invoke,
  isSubjectPattern,
  subjectMatcher,
} from "@berth/contract";
import { assertPermitted } from "../permission.ts";
import { requireSupportedPlatform } from "./supported-platforms.ts";

/** An instance whose members were checked, each ready to be called. */
export interface LiveInstance {
  members: ReadonlyMap<string, Invoke>;
  dispose(): Promise<void>;
}

type Method = (...args: unknown[]) => unknown;

/**
 * @param requires permissions that every call of a member demands of its caller.
 *
 * @throws HostError `CONTRACT_BROKEN` naming every member that is missing or of the wrong kind; `CONFIG_INVALID` for an executor that does
 * not work on this system.
 */
export function checkInstance(
  made: unknown,
  kind: ContributionKind,
  contribution: string,
  requires: readonly string[] = [],
): LiveInstance {
  if (typeof made !== "object" || made === null) {
    throw new HostError(
      "CONTRACT_BROKEN",
      `Cannot use ${contribution}: create must return an object, it returned ${String(made)}`,
    );
  }
  const instance = made as Record<string, unknown>;
  const {
    required,
    optional,
    data = [],
  }: { required: readonly string[]; optional: readonly string[]; data?: readonly string[] } = INSTANCE_MEMBERS[kind];
  const problems: string[] = [];
  const members = new Map<string, Invoke>();
  for (const name of [...required, ...optional]) {
    const member = instance[name];
    if (member === undefined && !required.includes(name)) continue;
    if (data.includes(name)) {
      if (member === undefined) problems.push(`${name} is missing`);
    } else if (typeof member === "function") {
      if (name !== "dispose") members.set(name, toInvoke(instance, member as Method));
    } else {
      problems.push(`${name} must be a function`);
    }
  }
  if (kind === "service" && problems.length === 0) addServiceMethods(instance.methods, members, problems);
  if (kind === "event" && problems.length === 0) narrowToSubjects(instance.subjects, members, problems);
  if (problems.length > 0) {
    throw new HostError("CONTRACT_BROKEN", `Cannot use ${contribution}: ${problems.join("; ")}`, {
      details: { problems },
    });
  }
  if (kind === "executor") requireSupportedPlatform(contribution, instance.supportedPlatforms);
  if (requires.length > 0) for (const [name, invoke] of members) members.set(name, guarded(invoke, requires));
  return { members, dispose: async () => void (await (instance.dispose as Method | undefined)?.call(instance)) };
}

/**
 * The instance stays `this`; a synchronous throw becomes a rejection, so that callers see one kind of failure. The method's own
 * promise is handed on as it is: another around it would cost as much as the rest of a call.
 */
function toInvoke(instance: object, method: Method): Invoke {
  return (args: readonly unknown[], call: CallContext) => {
    try {
      return Promise.resolve(method.call(instance, ...args, call));
    } catch (error) {
      // What it threw is what its caller is to get, whatever it is.
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      return Promise.reject(error);
    }
  };
}

function guarded(invoke: Invoke, requires: readonly string[]): Invoke {
  return async (args, call) => {
    assertPermitted(call, requires);
    return invoke(args, call);
  };
}

function addServiceMethods(methods: unknown, members: Map<string, Invoke>, problems: string[]): void {
  if (typeof methods !== "object" || methods === null) {
    problems.push("methods must be a map of functions");
    return;
  }
  for (const [name, method] of Object.entries(methods)) {
    if (typeof method === "function") members.set(name, toInvoke(methods, method as Method));
    else problems.push(`methods.${name} must be a function`);
  }
}

/** The host sends whatever was granted to the plugin; which of it one contribution wants is known here. */
function narrowToSubjects(subjects: unknown, members: Map<string, Invoke>, problems: string[]): void {
  const isPattern = (subject: unknown): boolean => typeof subject === "string" && isSubjectPattern(subject);
  if (!Array.isArray(subjects) || !subjects.every(isPattern)) {
    problems.push("subjects must be a list of subjects such as run.finished or run.*");
    return;
  }
  const wanted = (subjects as string[]).map(subjectMatcher);
  const handle = members.get("handle")!;
  members.set("handle", async (args, call) => {
    const { subject } = args[0] as BusEvent;
    if (wanted.some((isFit) => isFit(subject))) await handle(args, call);
  });
}
