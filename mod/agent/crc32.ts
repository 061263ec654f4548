const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  }
  return value;
});

/**
 * CRC-32 of bytes that come part by part, as gzip has it: it finds what was
 * torn or rotted on disk, not what somebody forged.
 */
export class Crc32 {
  #state = 0xffffffff;

  /** Takes more bytes. */
  update(bytes: Uint8Array): this {
    let state = this.#state;
    for (const byte of bytes) {
      state = (TABLE[(state ^ byte) & 0xff] ?? 0) ^ (state >>> 8);
    }
    this.#state = state;
    return this;
  }

  /** The sum so far, 8 hexadecimal digits. */
  get text(): string {
    return ((this.#state ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0");
  }
}
