/** What the host holds itself in every tier, since it happens on its own side of the channel. */
export const HELD_BY_HOST: Readonly<Record<string, string>> = {
  "limits.call_timeout_ms": "the host's own clock",
  "limits.start_timeout_ms": "the host's own clock",
  "limits.concurrency": "counted where calls go out",
  "limits.store_mb": "counted by the host's store",
  "limits.state_mb": "measured when it is handed on",
  "limits.response_mb": "counted by the host's fetch",
  "limits.log_rate": "counted by the host's log",
};
