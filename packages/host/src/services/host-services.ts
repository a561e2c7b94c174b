/** The services that every host has of its own. */
export const HOST_SERVICES = ["machine", "meters", "runs"] as const;
