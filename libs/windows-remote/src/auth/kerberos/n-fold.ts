/**
 * Stretches or shrinks bytes to a length so that every input bit matters, RFC 3961 5.1: copies of the input, each rotated
 * right by 13 bits more than the one before, added block by block with end-around carry.
 */
export function nFold(input: Buffer, outputBytes: number): Buffer {
  const copies = leastCommonMultiple(input.length, outputBytes) / input.length;
  const rotated = Buffer.concat(Array.from({ length: copies }, (_, copy) => rotatedRight(input, 13 * copy)));
  const sum = Buffer.alloc(outputBytes);
  for (let start = 0; start < rotated.length; start += outputBytes) {
    addOnesComplement(sum, rotated.subarray(start, start + outputBytes));
  }
  return sum;
}

function rotatedRight(input: Buffer, bits: number): Buffer {
  const totalBits = input.length * 8;
  const value = BigInt(`0x${input.toString('hex')}`);
  const shift = BigInt(bits % totalBits);
  const mask = (1n << BigInt(totalBits)) - 1n;
  const turned = ((value >> shift) | (value << (BigInt(totalBits) - shift))) & mask;
  return Buffer.from(turned.toString(16).padStart(input.length * 2, '0'), 'hex');
}

/** One's complement: what is carried out of the top comes in again at the bottom. */
function addOnesComplement(sum: Buffer, addend: Buffer): void {
  let carry = addInto(sum, addend, 0);
  while (carry !== 0) carry = addInto(sum, Buffer.alloc(sum.length), carry);
}

function addInto(sum: Buffer, addend: Buffer, carryIn: number): number {
  let carry = carryIn;
  for (let i = sum.length - 1; i >= 0; i--) {
    const total = sum[i]! + addend[i]! + carry;
    sum[i] = total & 0xff;
    carry = total >> 8;
  }
  return carry;
}

const leastCommonMultiple = (a: number, b: number): number => (a * b) / greatestCommonDivisor(a, b);

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
