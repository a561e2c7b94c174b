export { type BoundGrant, bindGrant } from "./bind-grant.ts";
export { isInFolder } from "./folder-scope.ts";
export { formatHostPattern, type HostPattern, parseHostPattern } from "./host-pattern.ts";
export { type AddressReach, addressReach, isSameAddress } from "./ip-address.ts";
export {
  type Destination,
  findDestination,
  isReachable,
  type NetworkRefusal,
  type NetworkRules,
  networkRules,
  type NetworkUse,
} from "./network-rules.ts";
export { type ArgumentPattern, type ExecEntry, formatExecEntry, matchesExec, parseExecEntry } from "./exec-entry.ts";
export { formatNetworkEntry, type NetworkEntry, parseNetworkEntry } from "./network-entry.ts";
export { formatPathPattern, type PathPattern } from "./path-pattern.ts";
export { connectionTarget, type RequestTarget, requestTarget } from "./request-target.ts";
export { isReserved, RESERVED_SUBJECTS } from "./reserved-subjects.ts";
export { formatSecretEntry, isSecretFor, parseSecretEntry, type SecretEntry } from "./secret-entry.ts";
export { intersectEntries, type ResolvedGrant, resolveGrant, type Withheld } from "./resolve-grant.ts";
export {
  type GrantBase,
  isConfigEntry,
  type OperatorGrant,
  type PermissionName,
  type SpeltOut,
  spellOut,
} from "./spelt-out.ts";
export { unenforceable } from "./unenforceable.ts";
export {
  callsBeyond,
  type SystemCallGroup,
  type SystemCallNeed,
  systemCallNeed,
  systemCallNeeds,
} from "./system-calls.ts";
export { isUnixSocket, NO_PORT, parseUnixSocket, unixSocketPath } from "./unix-socket.ts";
