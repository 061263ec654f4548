/** Longest piece of foreign text that a message quotes, in characters. */
const MAX_QUOTED_LENGTH = 64;
const MAX_LABEL_LENGTH = 63;
const MAX_SUBDOMAIN_LENGTH = 253;
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN =
  /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/**
 * A foreign value for a message: in quotes, at most 64 characters of it, and
 * none that could change what a log or a terminal shows.
 */
export function quote(value: unknown): string {
  if (typeof value === "string") return quoteText(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

function quoteText(text: string): string {
  const shown = JSON.stringify(text.slice(0, MAX_QUOTED_LENGTH)).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return text.length > MAX_QUOTED_LENGTH ? `${shown}...` : shown;
}

/** Whether text is a DNS label (RFC 1123): namespaces, port names. */
export function isDnsLabel(text: unknown): text is string {
  return typeof text === "string" && text.length <= MAX_LABEL_LENGTH &&
    LABEL.test(text);
}

/** Whether text is a DNS subdomain (RFC 1123): names of objects. */
export function isDnsSubdomain(text: unknown): text is string {
  return typeof text === "string" && text.length <= MAX_SUBDOMAIN_LENGTH &&
    SUBDOMAIN.test(text);
}
