import type { Service, ServiceName } from "#model";
import type { SourceEvent } from "./sources.ts";

/** The API server's own Service, and cluster DNS under its usual name. */
const FIRST = ["default/kubernetes", "kube-system/kube-dns"] as ServiceName[];
/** Most others that count as cluster DNS. */
const MOST_OTHERS = 20;

/**
 * Services that go before all others: the API server's, and cluster DNS, which
 * has other names in some distributions. What answers DNS over UDP counts as
 * such; who makes one to be early gains a few milliseconds.
 */
export class FirstServices {
  readonly #fixed: ReadonlySet<ServiceName>;
  readonly #names: Set<ServiceName>;

  /** `fixed` are always among them; default: the usual names. */
  constructor(fixed: readonly ServiceName[] = FIRST) {
    this.#fixed = new Set(fixed);
    this.#names = new Set(fixed);
  }

  /** Their names; changes as Services come and go. */
  get names(): ReadonlySet<ServiceName> {
    return this.#names;
  }

  /** Takes an event of any source. */
  note({ source, event }: SourceEvent): void {
    if (source !== "Service" || !("key" in event)) return;
    const name = event.key as ServiceName;
    if (this.#fixed.has(name)) return;
    if (event.kind === "upsert") {
      if (event.object.kind === "malformed") return;
      const isDns = event.object.kind === "object" &&
        answersDns(event.object.value);
      if (isDns && this.#names.size < this.#fixed.size + MOST_OTHERS) {
        this.#names.add(name);
        return;
      }
      if (isDns) return;
    }
    this.#names.delete(name);
  }
}

function answersDns({ ports }: Service): boolean {
  return ports.some(({ protocol, port }) => protocol === "udp" && port === 53);
}
