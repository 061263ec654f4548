/**
 * Entry point of `kube-proxy`: `mod/cli` reads the arguments and runs the
 * command that they name. `mod/README.md` says how the parts fit.
 *
 * @module
 */
import { main } from "#cli";

if (import.meta.main) Deno.exit(await main(Deno.args));
