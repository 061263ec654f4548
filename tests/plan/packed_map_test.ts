import { assert, assertEquals } from "@std/assert";
import { PackedMap, type RealServerKey } from "#plan";

const none = { permissions: "none" } as const;

interface Numbered {
  readonly key: RealServerKey;
  readonly at: number;
}

class Numbers extends PackedMap<Numbered> {
  unpacked = 0;

  protected override unpack(key: RealServerKey, at: number): Numbered {
    this.unpacked++;
    return { key, at };
  }
}

function numbers(...keys: string[]): Numbers {
  return new Numbers(
    keys.map((key, at) => ({ key: key as RealServerKey, at })),
  );
}

const A = "10.0.0.1:80" as RealServerKey;
const B = "[fd00::1]:80" as RealServerKey;

Deno.test("PackedMap is a map in the order of its values", none, () => {
  const map = numbers(B, A);
  const entries = [[B, { key: B, at: 0 }], [A, { key: A, at: 1 }]];
  assertEquals(map.size, 2);
  assertEquals([...map], entries);
  assertEquals([...map.entries()], entries);
  assertEquals([...map.keys()], [B, A]);
  assertEquals([...map.values()].map(({ at }) => at), [0, 1]);
  const seen: unknown[] = [];
  map.forEach((value, key) => seen.push([key, value]));
  assertEquals(seen, entries);
  assertEquals([map.has(A), map.get(A)?.at], [true, 1]);
  const absent = "10.0.0.1:8" as RealServerKey;
  assertEquals([map.has(absent), map.get(absent)], [false, undefined]);
  assertEquals([numbers().size, [...numbers()].length], [0, 0]);
});

Deno.test("PackedMap unpacks once for look-ups in a row", none, () => {
  const map = numbers(A, B);
  for (let n = 0; n < 100; n++) map.get(A);
  assertEquals(map.unpacked, 2);
  assert(map.get(A) === map.get(A));
  for (let n = 0; n < 4; n++) numbers(A).get(A);
  assertEquals(map.get(B)?.at, 1);
  assertEquals(map.unpacked, 4);
});
