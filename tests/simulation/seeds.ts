/** Seeds whose history once failed; they run first. */
export async function keptSeeds(): Promise<readonly number[]> {
  const text = await Deno.readTextFile(
    new URL("./seeds.txt", import.meta.url),
  );
  return text.split("\n").flatMap((line) => {
    const seed = /^\d+/.exec(line)?.[0];
    return seed === undefined ? [] : [Number(seed)];
  });
}
