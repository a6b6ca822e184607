// Numbers of 16 bits: f16 (IEEE 754's half) and bf16 (the upper half of an f32). Included only where a kernel has them.
// An expression computes with them as f64, which holds them, their sums and their products; its result is rounded once.

typedef f64 f16; typedef f64 bf16;

INLINE f64 as_f16(u32 x) {  // as an f32 with the exponent moved; infinity and NaN keep their own
  u32 b = (x & 0x7fff) << 13; f64 r = (f64)as_f32((x & 0x7c00) == 0x7c00 ? b | 0x7f800000 : b);
  r = (x & 0x7c00) == 0x7c00 ? r : r * 0x1p112; return x & 0x8000 ? -r : r; }
INLINE f64 as_bf16(u32 x) { return as_f32(x << 16); }
INLINE f64 as_e5m2(u32 x) { return as_f16(x << 8); }  // the upper half of an f16
INLINE f64 as_e4m3(u32 x) {  // no infinity; NaN is all ones
  f64 r = (x & 0x7f) == 0x7f ? NAN : as_f16((x & 0x7f) << 7) * 256; return x & 0x80 ? -r : r; }

enum { NEAREST, TO_ZERO, DOWN, UP, AWAY };  // AWAY: to nearest, ties away from zero

// The bits of x in a format with so many fraction digits, whose exponents of normal numbers run from `least` to `most`.
static u32 narrow(f64 x, int digits, int least, int most, int mode) {
  u32 infinite = (u32)(most - least + 2) << digits, sign = bits_f64(x) >> 63;
  u32 top = sign * (infinite + ((u32)1 << digits));
  if (x != x) return infinite + ((u32)1 << digits) - 1;  // the one NaN that GPUs make
  u64 fraction = bits_f64(x) & low_bits(52); int e = (int)(bits_f64(x) >> 52 & 2047) - 1023;
  if (e == 1024) return top + infinite;
  if (x == 0) return top;
  u64 m = fraction | (u64)1 << 52; int drop = 52 - digits + (e < least ? least - e : 0); drop = drop < 60 ? drop : 60;
  u64 kept = m >> drop, rest = m & low_bits(drop), half = (u64)1 << (drop - 1);
  kept += mode == NEAREST ? rest > half || (rest == half && (kept & 1)) : mode == AWAY ? rest >= half
        : mode == DOWN ? rest && sign : mode == UP ? rest && !sign : 0;
  u32 bits = (u32)kept + ((u32)(e < least ? 0 : e - least) << digits);  // a carry of the fraction runs on into the exponent
  if (e > most || bits >= infinite)
    bits = mode == TO_ZERO || mode == (sign ? UP : DOWN) ? infinite - 1 : infinite;
  return top + bits;
}
INLINE u32 bits_f16(f64 x) { return narrow(x, 10, -14, 15, NEAREST); }
INLINE u32 bits_bf16(f64 x) { return narrow(x, 7, -126, 127, NEAREST); }

INLINE f64 flushed_f16(f64 x) { return x != 0 && fabs(x) < 0x1p-14 ? copysign(0, x) : x; }
INLINE f64 flushed_bf16(f64 x) { return x != 0 && fabs(x) < 0x1p-126 ? copysign(0, x) : x; }

// x y + z of 16-bit numbers. The product is exact in f64, the sum need not be: an inexact one gets an odd last bit, so
// that rounding it once more is rounding once (Boldo and Melquiond, 2008); its error is Knuth's two-sum.
INLINE f64 sum_odd(f64 p, f64 z) {
  f64 s = p + z, rest = s - p, error = (p - (s - rest)) + (z - rest);
  if (isfinite(s) && error != 0 && !(bits_f64(s) & 1)) s = as_f64(bits_f64(s) + ((error > 0) == (s > 0) ? 1 : -1));
  return s;
}
// An integer as f64 that is rounded again: digits beyond f64's are remembered as one.
INLINE f64 odd_s64(s64 x) { u64 m = x < 0 ? -(u64)x : (u64)x; if (m >> 53) m = (m & ~(u64)4095) | (u64)((m & 4095) != 0) << 12;
  return x < 0 ? -(f64)m : (f64)m; }
INLINE f64 odd_u64(u64 m) { if (m >> 53) m = (m & ~(u64)4095) | (u64)((m & 4095) != 0) << 12; return (f64)m; }
// 8 bits: what is too large becomes the largest number, a NaN the one without a sign.
static u32 bits_e4m3(f64 x) {
  if (x != x) return 0x7f;
  u32 r = narrow(fabs(x) < 512 ? fabs(x) : 512, 3, -6, 9, NEAREST);  // where infinity would be, there are numbers
  return (r < 0x7e ? r : 0x7e) | (signbit(x) ? 0x80 : 0); }
static u32 bits_e5m2(f64 x) {
  if (x != x) return 0x7f;
  u32 r = narrow(x, 2, -14, 15, NEAREST); return (r & 0x7f) > 0x7b ? (r & 0x80) | 0x7b : r; }
