import { isSame, type ServiceName } from "#model";
import type { FrontendKey, FrontendPlan } from "#plan";
import type { Conflict } from "./types.ts";

/** A Service's claim to a frontend. */
export interface Claim {
  /** Who claims. */
  readonly service: ServiceName;
  /** When the Service was created, ms since 1970. */
  readonly createdMs: number;
  /** What it would have there. */
  readonly frontend: FrontendPlan;
}

/**
 * Who claims which frontend. The order is total and does not depend on the
 * order of events: the older Service first, then namespace and name.
 */
export class Claims {
  readonly #claims = new Map<FrontendKey, Claim[]>();
  readonly #contested = new Set<FrontendKey>();
  readonly #told = new Map<FrontendKey, Conflict>();

  /** The winning claim to a frontend. */
  winner(key: FrontendKey): Claim | undefined {
    return this.#claims.get(key)?.[0];
  }

  /** Enters or replaces the claim of one Service. */
  put(claim: Claim): void {
    const key = claim.frontend.key;
    const rest = this.#without(key, claim.service);
    const at = rest.findIndex((other) => compareClaims(claim, other) < 0);
    this.#store(key, rest.toSpliced(at < 0 ? rest.length : at, 0, claim));
  }

  /** Takes back the claim of one Service. */
  remove(key: FrontendKey, service: ServiceName): void {
    this.#store(key, this.#without(key, service));
  }

  /** The conflict about a frontend; undefined when at most one claims it. */
  conflict(key: FrontendKey): Conflict | undefined {
    if (!this.#contested.has(key)) return undefined;
    const [winner, ...losers] = this.#claims.get(key) ?? [];
    if (winner === undefined) return undefined;
    return {
      frontend: key,
      winner: winner.service,
      losers: losers.map((claim) => claim.service),
    };
  }

  /** The conflict about a frontend if it is another one than was told last. */
  newConflict(key: FrontendKey): Conflict | undefined {
    const conflict = this.conflict(key);
    if (conflict === undefined) this.#told.delete(key);
    else if (!isSame(conflict, this.#told.get(key))) {
      this.#told.set(key, conflict);
      return conflict;
    }
    return undefined;
  }

  /** All conflicts, by frontend. */
  conflicts(): Conflict[] {
    return [...this.#contested].sort().flatMap((key) =>
      this.conflict(key) ?? []
    );
  }

  #without(key: FrontendKey, service: ServiceName): Claim[] {
    return (this.#claims.get(key) ?? []).filter((claim) =>
      claim.service !== service
    );
  }

  #store(key: FrontendKey, claims: Claim[]): void {
    if (claims.length === 0) this.#claims.delete(key);
    else this.#claims.set(key, claims);
    if (claims.length > 1) this.#contested.add(key);
    else this.#contested.delete(key);
  }
}

function compareClaims(left: Claim, right: Claim): number {
  if (left.createdMs !== right.createdMs) {
    return left.createdMs - right.createdMs;
  }
  return left.service < right.service ? -1 : 1;
}
