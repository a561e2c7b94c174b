/** What is known of every error of one code. */
export interface ErrorInfo {
  /** Whose doing it is. Faults of a plugin are contained and counted; a host fault is a bug in Berth. */
  fault: "caller" | "plugin" | "host";
  /** The HTTP status it maps to. */
  status: number;
  /** Whether the same call may succeed later without anybody changing anything. */
  retry: boolean;
  /** What to do about it. */
  help: string;
}

/** Every error code. Codes are public and stable: never renamed, never reused. */
export const ERROR_CODES = {
  CALL_CANCELLED: { fault: "caller", status: 499, retry: false, help: "The caller gave up; nothing needs doing" },
  CALL_DEADLINE_EXCEEDED: {
    fault: "plugin",
    status: 504,
    retry: true,
    help: "Raise the timeout, or look why the plugin is slow",
  },
  CALL_BREAKER_OPEN: {
    fault: "plugin",
    status: 503,
    retry: true,
    help: "It failed repeatedly and is left alone until the time named",
  },
  CALL_CONCURRENCY_EXCEEDED: {
    fault: "caller",
    status: 429,
    retry: true,
    help: "Call less at once, or raise the concurrency limit",
  },
  CALL_RATE_EXCEEDED: {
    fault: "caller",
    status: 429,
    retry: true,
    help: "Call less often, or raise the rate in the policy of the plugin",
  },
  CALL_TOO_DEEP: {
    fault: "caller",
    status: 508,
    retry: false,
    help: "Services call each other in a circle; see the chain in the message",
  },
  CALL_UNKNOWN_CONTRIBUTION: {
    fault: "caller",
    status: 404,
    retry: false,
    help: "Use one of the contributions named in the message",
  },
  CAPABILITY_FAILED: {
    fault: "plugin",
    status: 502,
    retry: true,
    help: "The host did what the plugin asked, and it failed; see the message",
  },
  CONFIG_EXISTS: {
    fault: "caller",
    status: 409,
    retry: false,
    help: "Name another file, or say that it may be replaced",
  },
  CONFIG_INVALID: { fault: "caller", status: 422, retry: false, help: "Fix the places listed in details" },
  CONFIG_NOT_FOUND: { fault: "caller", status: 404, retry: false, help: "Create the file, or name another one" },
  CONTRACT_BROKEN: {
    fault: "plugin",
    status: 500,
    retry: false,
    help: "The plugin's code does not do what its manifest says; tell its author",
  },
  CONTROL_TAKEN: {
    fault: "caller",
    status: 409,
    retry: false,
    help: "Stop the host that runs on this data folder, or give this one another data_dir",
  },
  CONTROL_UNREACHABLE: {
    fault: "caller",
    status: 503,
    retry: true,
    help: "See with `berth plugins list --json` whether a host runs there, as the user who started it",
  },
  DEPENDENCY_CONFLICT: {
    fault: "caller",
    status: 409,
    retry: false,
    help: "Two plugins exclude each other; disable one of the two, or see `berth plugins check-deps --resolve`",
  },
  DEPENDENCY_CYCLE: {
    fault: "plugin",
    status: 409,
    retry: false,
    help: "The plugins named need each other; one of them must do without, see `berth plugins check-deps --resolve`",
  },
  DEPENDENCY_MISSING: {
    fault: "caller",
    status: 424,
    retry: false,
    help: "Install what the message names, or see `berth plugins check-deps --resolve`",
  },
  DIGEST_FAILED: {
    fault: "plugin",
    status: 422,
    retry: false,
    help: "The plugin's folder cannot be pinned as it is; see the message",
  },
  EVENT_NO_RESPONDER: {
    fault: "caller",
    status: 404,
    retry: true,
    help: "Start a plugin that replies to requests on the subject",
  },
  EXECUTION_FAILED: {
    fault: "host",
    status: 502,
    retry: true,
    help: "The command was not started, or was lost under way; the message says why. It is not run again by itself",
  },
  GRANT_PENDING: {
    fault: "caller",
    status: 403,
    retry: false,
    help: "See what it asks with `berth plugins permissions NAME`, then `berth plugins grant NAME`",
  },
  HTTP_UNAVAILABLE: {
    fault: "caller",
    status: 503,
    retry: false,
    help: "Give `http.listen` an address of this machine and a port that is free; port 0 takes any",
  },
  HOST_STOPPING: {
    fault: "caller",
    status: 503,
    retry: true,
    help: "Call again when the host runs again; what was under way before it stopped is finished",
  },
  INVARIANT_BROKEN: { fault: "host", status: 500, retry: false, help: "A bug in the host; please report it" },
  JOB_NOT_FOUND: { fault: "caller", status: 404, retry: false, help: "Use one of the jobs that are there" },
  LIFECYCLE_MOVE_ILLEGAL: {
    fault: "caller",
    status: 409,
    retry: false,
    help: "See contract/src/lifecycle.ts for the legal moves",
  },
  LIMIT_EXCEEDED: {
    fault: "plugin",
    status: 413,
    retry: false,
    help: "The plugin went past a limit; raise it in its configuration if that is right",
  },
  MANIFEST_INVALID: { fault: "plugin", status: 422, retry: false, help: "Fix the places listed in details" },
  MIGRATION_FAILED: {
    fault: "plugin",
    status: 409,
    retry: false,
    help: "The file was not changed; write the settings by hand as the plugin describes them, or ask its author",
  },
  PERMISSION_DENIED: {
    fault: "plugin",
    status: 403,
    retry: false,
    help: "Grant the permission, if you trust the plugin with it",
  },
  PLUGIN_DISABLED: { fault: "caller", status: 409, retry: false, help: "Enable the plugin in its configuration" },
  PLUGIN_DUPLICATE: {
    fault: "caller",
    status: 409,
    retry: false,
    help: "Remove one of the two, or list its root first",
  },
  PLUGIN_FAILED: { fault: "plugin", status: 500, retry: true, help: "See the cause and the plugin's log" },
  PLUGIN_GAVE_UP: {
    fault: "plugin",
    status: 503,
    retry: false,
    help: "See why it ended (`berth plugins info NAME`), mend it, then `berth plugins restart NAME`",
  },
  PLUGIN_INCOMPATIBLE: {
    fault: "plugin",
    status: 409,
    retry: false,
    help: "Update the plugin, or what it asks for",
  },
  PLUGIN_IN_USE: {
    fault: "caller",
    status: 409,
    retry: false,
    help: "Disable the plugins that need it first, or all together with --with-dependents",
  },
  PLUGIN_LEFT_OUT: {
    fault: "caller",
    status: 409,
    retry: false,
    help: "Start without --safe (BERTH_SAFE) to have it",
  },
  PLUGIN_NOT_FOUND: { fault: "caller", status: 404, retry: false, help: "Check the name and the plugin folders" },
  PLUGIN_REQUIRED: {
    fault: "plugin",
    status: 503,
    retry: false,
    help: 'Mend the plugin, or say criticality = "optional" in its manifest; --safe starts without it',
  },
  PLUGIN_RESTARTING: {
    fault: "plugin",
    status: 503,
    retry: true,
    help: "It ended by itself and is started again at the time named",
  },
  PLUGIN_UNRESPONSIVE: {
    fault: "plugin",
    status: 503,
    retry: true,
    help: "Its event loop did not answer for limits.kill_unresponsive_after_ms; look for a loop or a call that blocks",
  },
  PLUGIN_UNSETTLED: {
    fault: "plugin",
    status: 503,
    retry: true,
    help: "Its files were written while they were read; try again when the writer is done",
  },
  PROTOCOL_BROKEN: {
    fault: "plugin",
    status: 502,
    retry: false,
    help: "The plugin's process or thread did not keep to the protocol and was ended; tell its author",
  },
  RELOAD_FAILED: {
    fault: "plugin",
    status: 409,
    retry: false,
    help: "The version before goes on; see the step and the cause",
  },
  RELOAD_PUT_OFF: {
    fault: "plugin",
    status: 503,
    retry: true,
    help: "Calls under way did not end in time; it is tried again, or raise the drain time",
  },
  RENDER_FAILED: {
    fault: "plugin",
    status: 500,
    retry: false,
    help: "The layout asked for something that cannot be drawn; see the message",
  },
  SERVICE_NOT_FOUND: { fault: "caller", status: 404, retry: false, help: "Load a plugin that provides the service" },
  SIGNATURE_INVALID: {
    fault: "plugin",
    status: 403,
    retry: false,
    help: "Get the plugin again from who signed it, or trust the key that did",
  },
  STATE_INCOMPATIBLE: {
    fault: "plugin",
    status: 409,
    retry: false,
    help: "Write migrateState for the two versions of the state, or restart the plugin without it",
  },
  STATE_UNCARRIABLE: {
    fault: "plugin",
    status: 422,
    retry: false,
    help: "Save only JSON or bytes, below the bound, without cycles and functions",
  },
  STORAGE_FAILED: {
    fault: "host",
    status: 500,
    retry: true,
    help: "Check disk space and the rights on the database file",
  },
  TIER_UNAVAILABLE: { fault: "caller", status: 501, retry: false, help: "Choose a tier that this host can enforce" },
} as const satisfies Record<string, ErrorInfo>;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;
