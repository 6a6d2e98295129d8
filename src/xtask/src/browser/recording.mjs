// Recordings of any size: a real one, and after it a box of nothing, as players and readers skip it (ISO/IEC 14496-12, 8.1.2).

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, open, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** Sixteen bytes: the length follows the type. */
const BOX_HEAD = 16;

/** @param {string} source an MP4 @param {string} file where the new one goes @param {number} bytes its size; takes no room on disks that know holes */
export async function lengthen(source, file, bytes) {
  await copyFile(source, file);
  const { size } = await stat(file);
  const head = Buffer.alloc(BOX_HEAD);
  head.writeUInt32BE(1, 0);
  head.write("free", 4);
  head.writeBigUInt64BE(BigInt(bytes - size), 8);
  const handle = await open(file, "r+");
  try {
    await handle.write(head, 0, BOX_HEAD, size);
    await handle.truncate(bytes);
  } finally {
    await handle.close();
  }
  return file;
}

/** SHA-256 of a file in hexadecimal digits. */
export async function digest(file) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
