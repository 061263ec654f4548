/** What a reflector tells its consumer; in order, doubles are harmless. */
export type WatchEvent<Resource> =
  | {
    readonly kind: "upsert";
    /** "namespace/name", or "name" for objects without a namespace. */
    readonly key: string;
    readonly object: Resource;
  }
  | { readonly kind: "delete"; readonly key: string }
  /** The whole list has been delivered, what vanished meanwhile deleted. */
  | { readonly kind: "synced" }
  /** The server cannot be followed at present; the last state stands. */
  | { readonly kind: "desynced"; readonly reason: string }
  /** A line or item that could not be read; those after it go on. */
  | { readonly kind: "garbage"; readonly reason: string };

/** One kind of object to follow. */
export interface ResourceSpec<Resource> {
  /** For messages: "Service". */
  readonly kind: string;
  /** Path of the collection: "/api/v1/services". */
  readonly path: string;
  /** Label selector; absent: none. */
  readonly labelSelector?: string;
  /** Field selector; absent: none. */
  readonly fieldSelector?: string;
  /**
   * The server may lack this resource (404, or 403 from the first): it then
   * counts as an empty collection and is asked for again only rarely. Absent:
   * it must be there.
   */
  readonly optional?: boolean;
  /**
   * Turns an object of the wire into what is kept; the raw object is then
   * forgotten. Must not throw.
   */
  decode(object: unknown): Resource;
}
