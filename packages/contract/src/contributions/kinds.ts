/** The kinds of things a plugin can provide. The value says in one sentence what the kind is. */
export const CONTRIBUTION_KINDS = {
  source: "Fetches data and returns content to show",
  layout: "Turns content into a scene that the renderer draws",
  scheduler: "Decides when something runs next",
  executor: "Runs a command and returns its result",
  output: "Takes a result somewhere",
  command: "A subcommand of the command line",
  service: "An object other plugins call",
  integration: "A connection to a system outside",
  config: "A section of the configuration with a schema of its own",
  event: "Reacts to events",
  middleware: "Surrounds a request and its response",
  handler: "Answers a request",
} as const;

/** A key of {@link CONTRIBUTION_KINDS}. */
export type ContributionKind = keyof typeof CONTRIBUTION_KINDS;

/** `kind/name`, such as `source/weather`. */
export type ContributionId = `${ContributionKind}/${string}`;
