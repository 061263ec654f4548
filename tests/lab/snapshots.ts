/**
 * What commands printed in the lab, kept as files. Times, rates and the like
 * are replaced by words before they are compared.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

const FOLDER = new URL("./snapshots/", import.meta.url);

const CHANGING: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/\b\d{2}:\d{2}:\d{2}\b/g, "TIME"],
  [/(?<=^|[ (])(?:\d+[dhms]){1,2}(?=[ ,;)]| *$)/gm, "SPAN"],
  [/\b\d+ ms\b/g, "N ms"],
  [/\bkube-proxy \d+\.\d+\.\d+\S*/g, "kube-proxy VERSION"],
  [/\bDeno \d+\.\d+\.\d+/g, "Deno VERSION"],
  [/(?<=[:=] ?v?)\d+\.\d+(?:\.\d+)*\S*/g, "VERSION"],
  [/^last pass .*$/gm, "last pass ..."],
  [/^( *\S+:\d+ +\S+)(?: +[\d.]+[kMGT]?){5}(?= )/gm, "$1 N N N N N"],
  [/^(\S+\/\S+)(?: +[\d.]+[kMGT]?){7}(?= +\d+$)/gm, "$1 N N N N N N N"],
  [/(\/(?:tcp|udp|sctp) +\S+ +)\d\S*/g, "$1N"],
  [
    /\b[\d.]+[kMGT]?(?= (?:active|other connections|new\/s|connections)\b|\/s\b)/g,
    "N",
  ],
  [/\b\d+ KiB\b/g, "N KiB"],
  [/\d{4}-\d\d-\d\dT\d+/g, "DATE"],
  [/ +/g, " "],
];

/** The text without what changes from run to run. */
export function normalise(text: string): string {
  return CHANGING.reduce(
    (left, [pattern, word]) => left.replace(pattern, word),
    text,
  );
}

/**
 * Compares with the file of this name; with UPDATE_SNAPSHOTS in the
 * environment it is written instead, so that a change can be read in the
 * repository's own diff.
 */
export async function compareSnapshot(
  name: string,
  text: string,
): Promise<void> {
  const file = new URL(`${name}.txt`, FOLDER);
  if (Deno.env.get("UPDATE_SNAPSHOTS") !== undefined) {
    await Deno.writeTextFile(file, text);
    return;
  }
  const kept = await Deno.readTextFile(file);
  assertEquals(normalise(text), normalise(kept), `snapshot ${name}`);
}
