// Bytes as what searches them best.

/** The same bytes as a Buffer, which finds texts in them. Nothing is copied. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
