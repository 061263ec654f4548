/**
 * What this node does with a packet, and why, from the kernel's own tables:
 * rules, sets, virtual servers, addresses, routes. Nothing here knows of a
 * Service or a plan. Pure, but for `readTables`, which only reads.
 *
 * @module
 */
export { deviceOf, isLocal } from "./local.ts";
export { readTables } from "./read_tables.ts";
export { tellTrace } from "./tell.ts";
export { tracePacket } from "./trace.ts";
export type * from "./types.ts";
