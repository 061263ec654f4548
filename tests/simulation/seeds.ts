/** Seeds whose history once failed; they run first. */
export const KEPT_SEEDS: readonly number[] = [];
