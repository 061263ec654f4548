import type { Architecture } from "./arguments.ts";
import { command } from "./command.ts";

/** npm packages with Deno's executable for Linux. */
const PACKAGES: Readonly<Record<Architecture, string>> = {
  "x86_64": "@deno/linux-x64-glibc",
  "aarch64": "@deno/linux-arm64-glibc",
};

/** Number in an ELF file's header by which it names its machine. */
const ELF_MACHINES: Readonly<Record<Architecture, number>> = {
  "x86_64": 62,
  "aarch64": 183,
};

/**
 * Checks that this is an executable for Linux on that architecture.
 *
 * @throws {Error} when it is not
 */
export function checkRuntime(
  bytes: Uint8Array,
  architecture: Architecture,
): void {
  const isElf = bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c;
  const machine = (bytes[18] ?? 0) + 256 * (bytes[19] ?? 0);
  if (isElf && machine === ELF_MACHINES[architecture]) return;
  throw new Error(
    `Cannot pack this Deno: it is no Linux executable for ${architecture}`,
  );
}

/**
 * Deno's executable of this version for an architecture: the one that runs
 * this, when npm installed it, else out of npm's package.
 *
 * @param folder where the package is kept between builds
 * @throws {Error} when npm does not give it, with how to name one
 */
export async function readRuntime(
  architecture: Architecture,
  folder: string,
): Promise<Uint8Array> {
  const name = PACKAGES[architecture];
  const own = Deno.execPath();
  if (own.endsWith(`/${name}/deno`)) return await Deno.readFile(own);
  const version = Deno.version.deno;
  const kept = `${folder}/deno-${version}-${architecture}`;
  try {
    return await Deno.readFile(kept);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await fetchPackage(`${name}@${version}`, folder);
  await Deno.rename(`${folder}/package/deno`, kept);
  await Deno.remove(`${folder}/package`, { recursive: true });
  return await Deno.readFile(kept);
}

async function fetchPackage(name: string, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const hint = "; --runtime=FILE names Deno's executable for that architecture";
  try {
    const packed = await command("npm", ["pack", "--silent", name], {
      cwd: folder,
      seconds: 300,
    });
    const file = packed.stdout.trim();
    if (packed.code !== 0 || file === "") throw new Error(packed.stderr.trim());
    const unpacked = await command("tar", ["-xzf", file], { cwd: folder });
    if (unpacked.code !== 0) throw new Error(unpacked.stderr.trim());
    await Deno.remove(`${folder}/${file}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot get ${name} from npm: ${reason}${hint}`);
  }
}
