import type { Rejection } from "./types.ts";
import { isDnsLabel, isDnsSubdomain, quote } from "./text.ts";
import { path } from "./json.ts";

/** Most rejections that are kept of one object. */
const MAX_REJECTIONS = 20;

/** Gathers what is wrong with one object. */
export class Rejections {
  readonly #object: string;
  readonly #list: Rejection[] = [];
  #left = 0;

  /** `object` is kind and name, safe to print. */
  constructor(object: string) {
    this.#object = object;
  }

  /** Notes one thing that cannot be programmed. */
  add(field: string, reason: string): void {
    if (this.#list.length < MAX_REJECTIONS) {
      this.#list.push({ object: this.#object, field, reason });
    } else this.#left++;
  }

  /** All of them; the last one counts those that were not kept. */
  all(): readonly Rejection[] {
    if (this.#left === 0) return this.#list;
    const reason = `Cannot list all that is wrong: ${this.#left} more`;
    return [...this.#list, { object: this.#object, field: "", reason }];
  }

  /** The whole object is not usable, for what was noted. */
  malformed(): { kind: "malformed"; rejections: readonly Rejection[] } {
    return { kind: "malformed", rejections: this.all() };
  }
}

/** Kind and name of an object for messages: "Service default/web". */
export function objectText(kind: string, object: unknown): string {
  const namespace = path(object, "metadata", "namespace");
  const name = path(object, "metadata", "name");
  const nameText = isDnsSubdomain(name) ? name : quote(name);
  if (namespace === undefined) return `${kind} ${nameText}`;
  const namespaceText = isDnsLabel(namespace) ? namespace : quote(namespace);
  return `${kind} ${namespaceText}/${nameText}`;
}
