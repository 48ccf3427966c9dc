// CRC-32 (IEEE 802.3, as in zip) of ASCII text.

const table = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

export function crc32(text: string): number {
  let crc = -1;
  for (let i = 0; i < text.length; i += 1) crc = (crc >>> 8) ^ (table[(crc ^ text.charCodeAt(i)) & 255] as number);
  return ~crc >>> 0;
}
