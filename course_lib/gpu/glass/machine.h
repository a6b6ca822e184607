// The machine that translated kernels run on: registers of 32 lanes, masks, and the loop over blocks and warps.
// memory.h adds loads and stores. A kernel's C defines WARPS, THREADS, SHARED, LOCAL, BLOCKS and its two halves, then
// includes schedule.h. Everything is exact integer and IEEE arithmetic: compile with -ffp-contract=off -fwrapv.
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8; typedef uint16_t u16; typedef uint32_t u32; typedef uint64_t u64;
typedef int8_t s8; typedef int16_t s16; typedef int32_t s32; typedef int64_t s64;
typedef float f32; typedef double f64;

#define INLINE static inline __attribute__((always_inline))
#define COLD static __attribute__((noinline, cold))
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

// ---- a register of 32 lanes: R holds 32 bits a lane, L holds 64; both are cut into parts as wide as the CPU's ----

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#define PART_BYTES 64
#define EACH32 PART(0) PART(1)
#define EACH64 PART(0) PART(1) PART(2) PART(3)
#define MEMBERS32 p0, p1
#define MEMBERS64 p0, p1, p2, p3
#else
#define PART_BYTES 32
#define EACH32 PART(0) PART(1) PART(2) PART(3)
#define EACH64 PART(0) PART(1) PART(2) PART(3) PART(4) PART(5) PART(6) PART(7)
#define MEMBERS32 p0, p1, p2, p3
#define MEMBERS64 p0, p1, p2, p3, p4, p5, p6, p7
#endif
#define IN32 (PART_BYTES / 4)  // lanes in one part of an R
#define IN64 (PART_BYTES / 8)  // and of an L

#define VECTOR(t) typedef t v_##t __attribute__((vector_size(PART_BYTES))); \
                  typedef t w_##t __attribute__((vector_size(PART_BYTES), aligned(1), may_alias));
VECTOR(u32) VECTOR(s32) VECTOR(f32) VECTOR(u64) VECTOR(s64) VECTOR(f64)
// as many lanes of 32 bits as a part has of 64
typedef s32 h_s32 __attribute__((vector_size(PART_BYTES / 2), aligned(4), may_alias));
typedef u32 h_u32 __attribute__((vector_size(PART_BYTES / 2), aligned(4), may_alias));
typedef struct { v_u32 MEMBERS32; } R;
typedef struct { v_u64 MEMBERS64; } L;

INLINE f32 as_f32(u32 x) { f32 r; memcpy(&r, &x, 4); return r; }
INLINE f64 as_f64(u64 x) { f64 r; memcpy(&r, &x, 8); return r; }
INLINE u32 bits_f32(f32 x) { u32 r; memcpy(&r, &x, 4); return r; }
INLINE u64 bits_f64(f64 x) { u64 r; memcpy(&r, &x, 8); return r; }

INLINE R splat32(u32 x) { R r;
#define PART(i) r.p##i = (v_u32){} + x;
  EACH32
#undef PART
  return r; }
INLINE L splat64(u64 x) { L r;
#define PART(i) r.p##i = (v_u64){} + x;
  EACH64
#undef PART
  return r; }
INLINE R pattern32(const u32 *k, u32 by) { R r;  // by * k[lane]
#define PART(i) r.p##i = *(const w_u32 *)(k + i * IN32) * by;
  EACH32
#undef PART
  return r; }
INLINE L pattern64(const u32 *k, u64 by) { u64 t[32]; L r; for (int i = 0; i < 32; i++) t[i] = (u64)(s64)(s32)k[i] * by;
#define PART(i) r.p##i = *(const w_u64 *)(t + i * IN64);
  EACH64
#undef PART
  return r; }
INLINE R plus32(R x, R y) {
#define PART(i) x.p##i += y.p##i;
  EACH32
#undef PART
  return x; }
INLINE L plus64(L x, L y) {
#define PART(i) x.p##i += y.p##i;
  EACH64
#undef PART
  return x; }

// ---- masks: bit i of a u32 is lane i ----

static const u32 LANE[32] __attribute__((aligned(128))) = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                             16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

INLINE u32 bits32(v_s32 x) {  // one bit a lane of a part that holds 0 or -1
#if PART_BYTES == 64
  return (u16)__builtin_ia32_cvtd2mask512((__attribute__((vector_size(64))) int)x);
#elif defined(__AVX2__)
  return (u32)__builtin_ia32_movmskps256((__attribute__((vector_size(32))) float)x);
#else
  u32 m = 0; for (int i = 0; i < IN32; i++) m |= (u32)(x[i] & 1) << i; return m;
#endif
}
INLINE u32 bits64(v_s64 x) {
#if PART_BYTES == 64
  return (u8)__builtin_ia32_cvtq2mask512((__attribute__((vector_size(64))) long long)x);
#elif defined(__AVX2__)
  return (u32)__builtin_ia32_movmskpd256((__attribute__((vector_size(32))) double)x);
#else
  u32 m = 0; for (int i = 0; i < IN64; i++) m |= (u32)(x[i] & 1) << i; return m;
#endif
}
INLINE R choose32(u32 m, R x, R y) {  // x where the lane's bit is set, y elsewhere
#define PART(i) { v_u32 bit = (v_u32){} + 1 << (*(const w_u32 *)(LANE + i * IN32)); \
                  v_u32 on = (v_u32)((((v_u32){} + m) & bit) != 0); y.p##i = (x.p##i & on) | (y.p##i & ~on); }
  EACH32
#undef PART
  return y; }
INLINE L choose64(u32 m, L x, L y) {
#define PART(i) { v_u64 bit; for (int k = 0; k < IN64; k++) bit[k] = (u64)1 << (i * IN64 + k); \
                  v_u64 on = (v_u64)((((v_u64){} + m) & bit) != 0); y.p##i = (x.p##i & on) | (y.p##i & ~on); }
  EACH64
#undef PART
  return y; }

// ---- a fused multiply-add of parts: one rounding, as the GPU's ----

#if defined(__clang__)
#pragma clang fp contract(off)
#endif
INLINE v_f32 fma_part_f32(v_f32 x, v_f32 y, v_f32 z) {
#if defined(__clang__) && __has_builtin(__builtin_elementwise_fma)
  return __builtin_elementwise_fma(x, y, z);
#elif !defined(__clang__) && PART_BYTES == 64
  return __builtin_ia32_vfmaddps512_mask(x, y, z, -1, 4);
#elif !defined(__clang__) && defined(__FMA__)
  return __builtin_ia32_vfmaddps256(x, y, z);
#else
  for (int i = 0; i < IN32; i++) z[i] = __builtin_fmaf(x[i], y[i], z[i]); return z;
#endif
}
INLINE v_f64 fma_part_f64(v_f64 x, v_f64 y, v_f64 z) {
#if defined(__clang__) && __has_builtin(__builtin_elementwise_fma)
  return __builtin_elementwise_fma(x, y, z);
#elif !defined(__clang__) && PART_BYTES == 64
  return __builtin_ia32_vfmaddpd512_mask(x, y, z, -1, 4);
#elif !defined(__clang__) && defined(__FMA__)
  return __builtin_ia32_vfmaddpd256(x, y, z);
#else
  for (int i = 0; i < IN64; i++) z[i] = __builtin_fma(x[i], y[i], z[i]); return z;
#endif
}

// ---- what a launch is, shared by all cores; run.py fills it, its mirror there must agree ----

enum { OUTSIDE = 1, MISALIGNED, PARTED, TRAPPED, ABSENT, STUCK, STOPPED, DOUBT };
enum { UNWRITTEN = 32, RACE, RACE_IN_WARP, RACE_OF_BLOCKS, UNFINISHED, APART, MISSING, STRANGER, COUNTS };  // only in a checked kernel
struct extent { u64 first, bytes; };
struct fault { u32 kind, site, warp, lane; u64 address, bytes, shared, first; u32 block[3], pad; };
struct launch {
  const u8 *parameters;
  const struct extent *roots;   // the array behind each pointer parameter
  const struct extent *arrays;  // every live array, by address
  u64 array_count, shared_bytes;
  u32 grid[3], pad;
  u64 *counts;                  // the sum of all cores' tallies, of a profiled kernel; the record of one that is stepped through
  void *findings, *grounds, *history;  // of a checked kernel: shadow.h, order.h
  const u8 *whole;              // and which of its roots are written throughout, and have no other name
  u64 order;                    // 0: blocks and warps in their own order; else a number that mixes them
  volatile u64 stop;            // set to 1 by a fault, to 2 by an interrupt or the time limit
  u64 next_block;               // the cores take blocks from here
  u64 workspace;                // of a cooperative launch: the counter of its grid-wide barrier
  struct fault fault;
};
struct warp {
  u32 index, spread, waiting, waits_at, resume;  // spread: in the half that expects divergence
  u32 at_barrier, barrier, expects, turn, site;  // of barriers.h
  u32 here;  // the lanes that wait, in a checked kernel
  u64 clock;  // what clock64() and %globaltimer read: it only ever grows, and says nothing about time
  u32 rounds, stops, from, line; s32 until;  // of loops that wait (waiting.py): rounds, and barriers on the way; where to go on
};
struct core {
  struct launch *launch;
  u32 block[3];
  struct saved *warps;
  u64 finished, ended;             // which warps have ended, and how many threads
  u8 *shared, *local;
  const R *tid_x, *tid_y, *tid_z;  // one R a warp
  struct { u32 yes, asked, yes_so_far, asked_so_far; } votes[16];  // of a barrier that counts: the last ones, and those that come in
  struct tallies *tallies;         // watch.h
  struct checked *checked;         // shadow.h
  struct record *record;           // step.h: only while the warp that it follows runs
  void *queues;  // of copies on their way (async.h)
  void *deliveries; u32 coming, room;  // and of those that report to a barrier (mbarrier.h)
  u32 arrived[16], expected[16], turn[16], ran; struct warp waits;  // of barriers.h
  jmp_buf escape;
};
enum { DONE, AT_BARRIER, MET, WAITS };  // WAITS: went round a loop that waits, and gives others a turn

// A barrier that counts is complete.
INLINE void vote(struct core *c, const struct warp *w, u32 yes, u32 asked) {
  c->votes[w->barrier].yes_so_far += __builtin_popcount(yes); c->votes[w->barrier].asked_so_far += __builtin_popcount(asked); }
INLINE void count_votes(struct core *c, u32 barrier) {
  c->votes[barrier].yes = c->votes[barrier].yes_so_far; c->votes[barrier].asked = c->votes[barrier].asked_so_far;
  c->votes[barrier].yes_so_far = c->votes[barrier].asked_so_far = 0; }

__attribute__((noreturn)) COLD void fault(struct core *c, const struct warp *w, u32 kind, u32 site, u64 address, u64 bytes,
                                              u64 first, u32 lane) {
  if (!__atomic_exchange_n(&c->launch->stop, 1, __ATOMIC_SEQ_CST)) {  // the first fault is the one reported
    struct fault f = {kind, site, w->index, lane, address, bytes, (u64)c->shared, first, {c->block[0], c->block[1], c->block[2]}, 0};
    c->launch->fault = f;
  }
  longjmp(c->escape, 1);
}
// What a checked kernel does besides (shadow.h, order.h) is nothing in any other.
#ifndef GRAIN
#define check_begins(launch) 1
#define check_ends(launch) ((void)0)
#define check_core(c) 1
#define free_check(c) ((void)0)
#define block_begins(c) ((void)0)
#define turn_begins(c) ((void)0)
#define comes(c, w, number, site, waits) ((void)0)
#define other_count(c, w, number, count, site) ((void)0)
#define warps_meet(c, number, all) ((void)0)
#define copy_arrives(c, w, site, lane, to, size) ((void)0)
#define is_absent(c, w, site, lane, missing) 0
#define lost(addresses) 0
#define counts_on(c, w, at, lane, closes, comes, over) ((void)0)
#define FLIP 0
#endif
// Stopped from outside: the first warp that notices says where it was. It may be about to wait or to go round a loop.
COLD void tell_stop(struct core *c, const struct warp *w, u32 line, u32 lane) {
  u64 asked = 2;
  if (!__atomic_compare_exchange_n(&c->launch->stop, &asked, 3, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return;
  c->launch->fault = (struct fault){STOPPED, line, w->index, lane, 0, 0, 0, 0, {c->block[0], c->block[1], c->block[2]}, 0};
}
#define CHECK_STOP(line, lane) if (UNLIKELY(c->launch->stop)) { tell_stop(c, w, line, lane); longjmp(c->escape, 1); }

// ---- arithmetic that C has no operator for ----

#include <fenv.h>
INLINE f32 flushed(f32 x) { return fpclassify(x) == FP_SUBNORMAL ? copysignf(0, x) : x; }
// The rounding mode is the thread's: set it, compute behind the optimiser's back, set it back.
#define DIRECTED(T, name, parameters, expression) \
  static __attribute__((noinline)) T name parameters { fesetround(mode); volatile T r = expression; fesetround(FE_TONEAREST); return r; }
#define HIDDEN(T, x) (*(volatile T *)&x)
DIRECTED(f32, rounded_f32, (int mode, f32 x, f32 y, f32 z), __builtin_fmaf(HIDDEN(f32, x), HIDDEN(f32, y), HIDDEN(f32, z)))
DIRECTED(f64, rounded_f64, (int mode, f64 x, f64 y, f64 z), __builtin_fma(HIDDEN(f64, x), HIDDEN(f64, y), HIDDEN(f64, z)))
DIRECTED(f32, divided_f32, (int mode, f32 x, f32 y), HIDDEN(f32, x) / HIDDEN(f32, y))
DIRECTED(f64, divided_f64, (int mode, f64 x, f64 y), HIDDEN(f64, x) / HIDDEN(f64, y))
DIRECTED(f32, rooted_f32, (int mode, f32 x), sqrtf(HIDDEN(f32, x)))
DIRECTED(f64, rooted_f64, (int mode, f64 x), sqrt(HIDDEN(f64, x)))
DIRECTED(f32, narrowed, (int mode, f64 x), (f32)HIDDEN(f64, x))
DIRECTED(f32, from_s64_f32, (int mode, s64 x), (f32)HIDDEN(s64, x))
DIRECTED(f64, from_s64_f64, (int mode, s64 x), (f64)HIDDEN(s64, x))
DIRECTED(f32, from_u64_f32, (int mode, u64 x), (f32)HIDDEN(u64, x))
DIRECTED(f64, from_u64_f64, (int mode, u64 x), (f64)HIDDEN(u64, x))

// Fields of n bits from bit `at` of a word of `bits` bits (32 or 64); beyond its top there are zeros, or the sign.
INLINE u64 low_bits(u32 n) { return n < 64 ? ((u64)1 << n) - 1 : ~(u64)0; }
INLINE u64 field(u64 x, u32 at, u32 n, u32 bits) { return at < bits ? (x >> at) & low_bits(n) : 0; }
INLINE s64 signed_field(s64 x, u32 at, u32 n, u32 bits) {
  if (n == 0) return 0;
  u32 top = at + n - 1 < bits ? at + n - 1 : bits - 1;  // where the sign is
  u64 sign = x >> top & 1 ? ~(u64)0 : 0, kept = at < bits ? (u64)(x >> at) : sign;
  return n < bits ? (s64)((kept & low_bits(n)) | (sign & ~low_bits(n))) : (s64)kept;
}
INLINE u64 inserted(u64 x, u64 y, u32 at, u32 n, u32 bits) {
  u64 mask = at < bits ? low_bits(n) << at : 0;
  return (y & ~mask) | ((at < bits ? x << at : 0) & mask);
}
INLINE u64 reversed(u64 x, u32 bits) {
  u64 r = 0; for (u32 i = 0; i < bits; i++) r |= (x >> i & 1) << (bits - 1 - i); return r;
}
INLINE u32 permuted(u32 x, u32 y, u32 z) {  // prmt: each digit of z picks a byte of y:x, or repeats its sign
  u64 bytes = (u64)y << 32 | x; u32 r = 0;
  for (int i = 0; i < 4; i++) {
    u32 digit = z >> (4 * i), byte = bytes >> (8 * (digit & 7)) & 255;
    r |= (digit & 8 ? (byte & 128 ? 255 : 0) : byte) << (8 * i);
  }
  return r;
}
INLINE u32 nth_set(u32 x, u32 from, s32 n) {  // fns: the n-th set bit of x, counted up from a bit, or down where n < 0
  if (n == 0) return from < 32 && x >> from & 1 ? from : ~0u;
  int step = n > 0 ? 1 : -1;
  for (s64 i = from; i >= 0 && i < 32; i += step) if (x >> i & 1 && (n -= step) == 0) return i;
  return ~0u;
}
INLINE u32 looked_up(u32 x, u32 y, u32 z, u32 table) {  // lop3: any logic function of three bits, by its table
  u32 r = 0;
  for (int i = 0; i < 8; i++) if (table >> i & 1) r |= (i & 4 ? x : ~x) & (i & 2 ? y : ~y) & (i & 1 ? z : ~z);
  return r;
}

// ---- linear registers (lanes.py): how far the lanes reach, so that widening is known to be exact ----

INLINE void reach(s64 *low, s64 *high, s64 coefficient, s64 least, s64 most) {
  s64 a = coefficient * least, b = coefficient * most;
  *low += a < b ? a : b; *high += a < b ? b : a;
}
