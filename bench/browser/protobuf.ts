/** As much of Protocol Buffers' wire format as an ONNX file needs; https://protobuf.dev/programming-guides/encoding. */

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

/** An integer field; negative ones take ten bytes, as in every `int64`. */
export function integer(field: number, value: number | bigint): Buffer {
  return Buffer.concat([tag(field, VARINT), varint(BigInt.asUintN(64, BigInt(value)))]);
}

export function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(field, FIXED32), bytes]);
}

/** A field of text, of bytes, or of a message that is encoded already. */
export function bytes(field: number, value: string | Uint8Array): Buffer {
  const content = Buffer.from(value as Uint8Array);
  return Buffer.concat([tag(field, BYTES), varint(BigInt(content.length)), content]);
}

/** A message inside of another one. */
export function message(field: number, fields: readonly Buffer[]): Buffer {
  return bytes(field, Buffer.concat(fields));
}

function tag(field: number, type: number): Buffer {
  return varint(BigInt((field << 3) | type));
}

function varint(value: bigint): Buffer {
  const out: number[] = [];
  let rest = value;
  do {
    const more = rest > 0x7fn;
    out.push(Number(rest & 0x7fn) | (more ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(out);
}
