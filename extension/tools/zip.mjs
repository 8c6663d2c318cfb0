// Writes zip archives that depend on their content alone: entries sorted by name, one fixed time, no attributes.
import { Buffer } from 'node:buffer';
import { crc32, deflateRawSync } from 'node:zlib';

const DEFLATED = 8;
const VERSION = 20; // what a reader must know: folders and deflate
const UTF8_NAMES = 0x0800;
const DATE = (2020 - 1980) << 9 | 1 << 5 | 1; // the first of January 2020, midnight
const MAX_ENTRIES = 0xffff;

/** Packs files, given as [name, bytes]; the same files give the same bytes, with the same version of zlib. */
export function zip(files) {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length > MAX_ENTRIES) {
    throw new Error(`${sorted.length} files are too many for a zip archive`);
  }
  const locals = [];
  const directory = [];
  let offset = 0;
  for (const [name, bytes] of sorted) {
    const entry = describe(name, bytes);
    const local = Buffer.concat([signature(0x04034b50), entry.header, entry.name, entry.packed]);
    directory.push(listing(entry, offset));
    locals.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  return Buffer.concat([...locals, listed, ending(sorted.length, listed.length, offset)]);
}

/** What stands both before a file and in the directory. */
function describe(name, bytes) {
  const packed = deflateRawSync(bytes, { level: 9 });
  const encoded = Buffer.from(name, 'utf8');
  const header = Buffer.alloc(26);
  header.writeUInt16LE(VERSION, 0);
  header.writeUInt16LE(UTF8_NAMES, 2);
  header.writeUInt16LE(DEFLATED, 4);
  header.writeUInt16LE(DATE, 8);
  header.writeUInt32LE(crc32(bytes), 10);
  header.writeUInt32LE(packed.length, 14);
  header.writeUInt32LE(bytes.length, 18);
  header.writeUInt16LE(encoded.length, 22);
  return { header, name: encoded, packed };
}

function listing({ header, name }, offset) {
  const maker = Buffer.alloc(2);
  maker.writeUInt16LE(VERSION, 0);
  const place = Buffer.alloc(14);
  place.writeUInt32LE(offset, 10);
  return Buffer.concat([signature(0x02014b50), maker, header, place, name]);
}

function ending(count, size, offset) {
  const end = Buffer.alloc(18);
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([signature(0x06054b50), end]);
}

function signature(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number, 0);
  return bytes;
}
