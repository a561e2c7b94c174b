/** What looks at an audit log without a host; hosts reach theirs by their storage. */
export { openAuditKey } from "./audit-key.ts";
export type { AuditEntry, AuditRecord } from "./audit-record.ts";
export { type AuditPlaces, auditPlaces, listSegments } from "./audit-segments.ts";
export { type AuditQuery, matches, readAudit } from "./read-audit.ts";
export { type AuditProblem, type AuditVerdict, type Tampering, verifyAudit } from "./verify-audit.ts";
