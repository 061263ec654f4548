import type * as Prom from "prom-client";

/** The metrics library, which is loaded only where metrics are served. */
type PromClient = Pick<
  typeof Prom,
  "Counter" | "Gauge" | "Histogram" | "Registry"
>;

/** A metric's own part of its options. */
export interface MetricOptions<Label extends string> {
  /** Name after the prefix; with a colon before it, the whole name. */
  readonly name: string;
  /** What it says. */
  readonly help: string;
  /** Labels; absent: none. */
  readonly labelNames?: readonly Label[];
}

/** A state that is read when it is asked for: values with their labels. */
export type ReadState<Label extends string> = () => readonly (readonly [
  labels: Partial<Record<Label, string>>,
  value: number,
])[];

/** The same, where reading takes a while. */
type ReadLater<Label extends string> = Promise<ReturnType<ReadState<Label>>>;

/** Makes metrics of one registry, under kube-proxy's prefix. */
export class MetricRegistry {
  readonly #prom: PromClient;
  readonly #registry: Prom.Registry;

  /** For the loaded library. */
  constructor(prom: PromClient) {
    this.#prom = prom;
    this.#registry = new prom.Registry();
  }

  /** Loads the library. */
  static async open(): Promise<MetricRegistry> {
    const loaded = await import("prom-client");
    // In a bundle of several files it is the default export alone.
    return new MetricRegistry(loaded.default ?? loaded);
  }

  /** Text for a scrape, and its content type. */
  async text(): Promise<{ readonly text: string; readonly type: string }> {
    const text = await this.#registry.metrics();
    return { text, type: this.#registry.contentType };
  }

  /** A histogram. */
  histogram<Label extends string>(
    options: MetricOptions<Label> & { readonly buckets: readonly number[] },
  ): Prom.Histogram<Label> {
    const buckets = [...options.buckets];
    return new this.#prom.Histogram({ ...this.#config(options), buckets });
  }

  /** A gauge that is set. */
  gauge<Label extends string>(
    options: MetricOptions<Label>,
  ): Prom.Gauge<Label> {
    return new this.#prom.Gauge(this.#config(options));
  }

  /** A counter. */
  counter<Label extends string>(
    options: MetricOptions<Label>,
  ): Prom.Counter<Label> {
    return new this.#prom.Counter(this.#config(options));
  }

  /** A gauge that is read when it is asked for; what is gone is absent. */
  state<Label extends string>(
    options: MetricOptions<Label>,
    read: () => ReturnType<ReadState<Label>> | ReadLater<Label>,
  ): void {
    new this.#prom.Gauge<Label>({
      ...this.#config(options),
      async collect() {
        const rows = await read();
        this.reset();
        for (const [labels, value] of rows) this.set(labels, value);
      },
    });
  }

  /** A counter whose totals are read when it is asked for. */
  readCounter<Label extends string>(
    options: MetricOptions<Label>,
    read: () => ReadLater<Label>,
  ): void {
    new this.#prom.Counter<Label>({
      ...this.#config(options),
      async collect() {
        const rows = await read();
        this.reset();
        for (const [labels, value] of rows) this.inc(labels, value);
      },
    });
  }

  #config<Label extends string>({ name, help, labelNames = [] }: MetricOptions<
    Label
  >): {
    name: string;
    help: string;
    labelNames: readonly Label[];
    registers: Prom.Registry[];
  } {
    const full = name.startsWith(":") ? name.slice(1) : `kubeproxy_${name}`;
    return { name: full, help, labelNames, registers: [this.#registry] };
  }
}
