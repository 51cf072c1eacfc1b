// A QR code (ISO/IEC 18004) of a text: byte mode, error correction M, versions 1 to 10, which hold 213 bytes. Pure.

/** Per version: error-correction words of a block, then the sizes of its blocks in data words. */
const BLOCKS: [number, number[]][] = [
  [10, [16]], [16, [28]], [26, [44]], [18, [32, 32]], [24, [43, 43]], [16, [27, 27, 27, 27]], [18, [31, 31, 31, 31]],
  [22, [38, 38, 39, 39]], [22, [36, 36, 36, 37, 37]], [26, [43, 43, 43, 43, 44]],
];
/** Per version: the centres of its alignment patterns. */
const CENTRES = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

const MASKS: ((row: number, column: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0, (r) => r % 2 === 0, (_, c) => c % 3 === 0, (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0, (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0, (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

type Grid = (boolean | null)[][];

/** The rows of the code, dark is true; nothing for a text that is too long. */
export function qr(text: string): boolean[][] | null {
  const bytes = new TextEncoder().encode(text);
  const version = BLOCKS.findIndex(([, sizes], index) => bytes.length + (index < 9 ? 2 : 3) <= sum(sizes)) + 1;
  if (version === 0) return null;
  const bits = interleave(words(bytes, version), version);
  const codes = MASKS.map((_, mask) => draw(version, bits, mask));
  return codes.reduce((best, code) => (penalty(code) < penalty(best) ? code : best));
}

/** One path of an SVG for all dark modules. */
export const path = (code: boolean[][]): string =>
  code.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');

/** Mode, length, text, end and padding, in words of eight bits. */
function words(bytes: Uint8Array, version: number): number[] {
  const size = sum(BLOCKS[version - 1]?.[1] ?? []);
  const bits: number[] = [];
  const push = (value: number, count: number) => {
    for (let bit = count - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  push(4, 4);
  push(bytes.length, version < 10 ? 8 : 16);
  bytes.forEach((byte) => push(byte, 8));
  push(0, Math.min(4, size * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const out = Array.from({ length: bits.length / 8 }, (_, index) => bits.slice(index * 8, index * 8 + 8).reduce((word, bit) => word * 2 + bit, 0));
  for (let pad = 0; out.length < size; pad += 1) out.push(pad % 2 ? 0x11 : 0xec);
  return out;
}

/** Splits into blocks, adds their error correction, and takes a word of each in turn. */
function interleave(data: number[], version: number): number[] {
  const [count, sizes] = BLOCKS[version - 1] ?? [0, []];
  let from = 0;
  const blocks = sizes.map((size) => data.slice(from, (from += size)));
  const checks = blocks.map((block) => correction(block, count));
  const turn = (lists: number[][]) =>
    Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, index) => lists.flatMap((list) => list[index] ?? [])).flat();
  return [...turn(blocks), ...turn(checks)];
}

const EXP: number[] = [];
const LOG: number[] = [];
for (let power = 0, value = 1; power < 255; power += 1) {
  EXP[power] = value;
  LOG[value] = power;
  value = value < 128 ? value * 2 : (value * 2) ^ 0x11d;
}
const times = (a: number, b: number): number => (a && b ? (EXP[((LOG[a] ?? 0) + (LOG[b] ?? 0)) % 255] ?? 0) : 0);

/** Reed–Solomon words of a block: the remainder by the generator of that degree. */
function correction(block: number[], count: number): number[] {
  let generator = [1];
  for (let power = 0; power < count; power += 1) {
    const root = EXP[power] ?? 0;
    generator = [...generator, 0].map((value, index) => value ^ times(generator[index - 1] ?? 0, root));
  }
  let rest: number[] = Array<number>(count).fill(0);
  for (const word of block) {
    const factor = word ^ (rest[0] ?? 0);
    rest = [...rest.slice(1), 0].map((value, index) => value ^ times(generator[index + 1] ?? 0, factor));
  }
  return rest;
}

function draw(version: number, data: number[], mask: number): boolean[][] {
  const size = version * 4 + 17;
  const grid: Grid = Array.from({ length: size }, () => Array<boolean | null>(size).fill(null));
  const set = (row: number, column: number, dark: boolean) => {
    const line = grid[row];
    if (line && column >= 0 && column < size) line[column] = dark;
  };
  const square = (row: number, column: number, reach: number, rings: number[]) => {
    for (let y = -reach; y <= reach; y += 1) for (let x = -reach; x <= reach; x += 1) set(row + y, column + x, rings.includes(Math.max(Math.abs(x), Math.abs(y))));
  };

  for (let at = 8; at < size - 8; at += 1) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  for (const [row, column] of [[3, 3], [3, size - 4], [size - 4, 3]] as const) square(row, column, 4, [0, 1, 3]);
  const centres = CENTRES[version - 1] ?? [];
  const last = centres.at(-1) ?? 0;
  for (const row of centres) for (const column of centres) {
    const corner = (row === 6 && column === 6) || (row === 6 && column === last) || (row === last && column === 6);
    if (!corner) square(row, column, 2, [0, 2]);
  }
  marks(version, mask, size, set);

  // Data runs in columns of two, up and down, from the right, around the vertical timing line.
  let bit = 0;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    const up = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step += 1) {
      const row = up ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (grid[row]?.[column] !== null) continue;
        const dark = (((data[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
        set(row, column, dark !== (MASKS[mask]?.(row, column) ?? false));
        bit += 1;
      }
    }
  }
  return grid.map((row) => row.map(Boolean));
}

/** Format (level M is 0) and, from version 7 on, version: both with their own check bits. */
function marks(version: number, mask: number, size: number, set: (row: number, column: number, dark: boolean) => void): void {
  const format = checked(mask, 5, 10, 0x537) ^ 0x5412;
  const place = [0, 1, 2, 3, 4, 5, 7, 8];
  for (let bit = 0; bit < 15; bit += 1) {
    const dark = ((format >> bit) & 1) === 1;
    // Bit 0 stands in the first row; the other copy runs from the right and up from below.
    if (bit < 8) set(place[bit] ?? 0, 8, dark);
    else set(8, place[14 - bit] ?? 0, dark);
    if (bit < 8) set(8, size - 1 - bit, dark);
    else set(size - 15 + bit, 8, dark);
  }
  set(size - 8, 8, true);
  if (version < 7) return;
  const code = checked(version, 6, 12, 0x1f25);
  for (let bit = 0; bit < 18; bit += 1) {
    const dark = ((code >> bit) & 1) === 1;
    set(Math.floor(bit / 3), size - 11 + (bit % 3), dark);
    set(size - 11 + (bit % 3), Math.floor(bit / 3), dark);
  }
}

/** A value with its BCH remainder behind it. */
function checked(value: number, bits: number, count: number, generator: number): number {
  let rest = value << count;
  for (let bit = bits + count - 1; bit >= count; bit -= 1) if ((rest >> bit) & 1) rest ^= generator << (bit - count);
  return (value << count) | rest;
}

/** How hard a code is to read (§7.8.3): runs, squares, look-alikes of the finder, and a want of balance. */
function penalty(code: boolean[][]): number {
  const size = code.length;
  const columns = code.map((_, x) => code.map((row) => row[x] ?? false));
  let points = 0;
  for (const line of [...code, ...columns]) {
    const text = line.map((dark) => (dark ? '1' : '0')).join('');
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) points += run.length - 2;
    for (let at = 0; at + 11 <= size; at += 1) if (['10111010000', '00001011101'].includes(text.slice(at, at + 11))) points += 40;
  }
  for (let y = 1; y < size; y += 1) for (let x = 1; x < size; x += 1) {
    const dark = code[y]?.[x];
    if (dark === code[y - 1]?.[x] && dark === code[y]?.[x - 1] && dark === code[y - 1]?.[x - 1]) points += 3;
  }
  const dark = code.flat().filter(Boolean).length / (size * size);
  return points + Math.floor(Math.abs(dark * 100 - 50) / 5) * 10;
}

const sum = (list: number[]): number => list.reduce((total, one) => total + one, 0);
