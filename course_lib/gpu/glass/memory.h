// Loads and stores of a warp. Addresses are the host's; every access is checked before it is made.
// An access has one of three shapes: uniform (one address for all lanes), rows (equally long runs of lanes, each with
// its own first address and one common step), or lanes (32 addresses).

// n: how many addresses from `first` on an access of this size may start at
INLINE u64 starts(u64 bytes, u64 size) { return bytes >= size ? bytes - size + 1 : 0; }

// ---- checks ----

// inside any live array, this block's shared memory, or the local arrays of this warp
COLD int anywhere(const struct core *c, const struct warp *w, u64 address, u64 size) {
  u64 below = 0, above = c->launch->array_count;
  while (below < above) {
    u64 middle = (below + above) / 2;
    if (c->launch->arrays[middle].first <= address) below = middle + 1; else above = middle;
  }
  if (below && address - c->launch->arrays[below - 1].first < starts(c->launch->arrays[below - 1].bytes, size)) return 1;
  return address - (u64)c->shared < starts(c->launch->shared_bytes, size) ||
         address - ((u64)c->local + w->index * 32ull * LOCAL) < starts(32ull * LOCAL, size);
}
COLD void judge(struct core *c, struct warp *w, u32 site, u64 address, u64 first, u64 n, u64 size, u32 lane) {
  int inside = first ? address - first < n : anywhere(c, w, address, size);  // first == 0: the array is not known
  if (!inside) fault(c, w, OUTSIDE, site, address, size, first, lane);
  if (address & (size - 1)) fault(c, w, MISALIGNED, site, address, size, first, lane);
}
// A failed check of a known array never returns, so that the registers of a hot loop need not survive the call. What is
// known beforehand is one number, as a hot loop has many such calls: site, lane, width - 1, size - 1.
#define FACTS(site, lane, width, size) ((u64)(site) << 32 | (lane) << 16 | ((width) - 1) << 8 | ((size) - 1))
__attribute__((noreturn)) COLD void refuse(struct core *c, struct warp *w, u64 facts, u64 row, s64 step, u64 first, u64 n) {
  u32 lane = facts >> 16 & 255, width = (facts >> 8 & 255) + 1, size = (facts & 255) + 1;
  for (u32 i = 0; i < width; i++) judge(c, w, (u32)(facts >> 32), row + (u64)step * i, first, n, size, lane + i);
  abort();
}
INLINE void check(struct core *c, struct warp *w, u32 site, u64 address, u64 first, u64 n, u64 size) {
  if (UNLIKELY(address - first >= n || (address & (size - 1)))) refuse(c, w, FACTS(site, 0, 1, size), address, 0, first, n);
}
INLINE int row_fits(u64 row, s64 step, u32 width, u64 first, u64 n, u64 size) {
  u64 span = (u64)step * (width - 1);
  // A step longer than the array takes the next lane out of it; with a shorter one nothing wraps around, and the lanes
  // between two that are inside are inside.
  int outside = __builtin_constant_p(step) && step >= 0 ? row - first >= (n > span ? n - span : 0)  // one comparison
                                                        : row - first >= n || row + span - first >= n || (u64)step + n > 2 * n;
  return !outside && !((row | (u64)step) & (size - 1));
}
INLINE void check_row(struct core *c, struct warp *w, u32 site, u64 row, s64 step, u32 width, u32 lane, u64 first, u64 n, u64 size) {
  if (UNLIKELY(!row_fits(row, step, width, first, n, size)))
    refuse(c, w, FACTS(site, lane, width, size), row, step, first, n);
}
COLD void check_open(struct core *c, struct warp *w, u32 site, u64 row, s64 step, u32 width, u32 lane, u64 size) {
  for (u32 i = 0; i < width; i++) judge(c, w, site, row + (u64)step * i, 0, 0, size, lane + i);
}
INLINE u32 lanes_outside(const L *address, u64 first, u64 n, u64 size) {
  u32 out = 0;
#define PART(i) out |= bits64((v_s64)((address->p##i - first >= n) | ((address->p##i & (size - 1)) != 0))) << (i * IN64);
  EACH64
#undef PART
  return out;
}
static void check_lanes(struct core *c, struct warp *w, u32 site, const L *address, u32 m, u64 first, u64 n, u64 size) {
  const u64 *a = (const u64 *)address;
  u32 bad = first ? lanes_outside(address, first, n, size) & m : 1;
  if (UNLIKELY(bad)) for (u32 i = 0; i < 32; i++) if (m >> i & 1) judge(c, w, site, a[i], first, n, size, i);
}

// ---- rows: W lanes each; a[0 .. 32/W) are their first addresses ----

#define ROW(i, in) (a[(i) * (in) / W] + (u64)step * ((i) * (in) % W))
#define LOAD_ROWS(name, REG, scalar, vector, in, EACH, splat, size)                                              \
  INLINE REG name(const u64 *a, u32 W, s64 step) {                                                               \
    REG r; scalar t[32];                                                                                         \
    if (step == size && W >= in) { EACH }                                                                        \
    else if (W == 32 && step == 0) r = splat(*(const scalar *)a[0]);                                             \
    else {                                                                                                       \
      if (step == size) for (u32 k = 0; k < 32; k += W) memcpy(t + k, (const void *)a[k / W], size * W);         \
      else if (step == 0) for (u32 k = 0; k < 32; k += W) { scalar x = *(const scalar *)a[k / W];                 \
                                                            for (u32 i = 0; i < W; i++) t[k + i] = x; }           \
      else for (u32 k = 0; k < 32; k++) t[k] = *(const scalar *)(a[k / W] + (u64)step * (k % W));                 \
      memcpy(&r, t, sizeof r);                                                                                   \
    }                                                                                                            \
    return r; }
#define PART(i) r.p##i = *(const w_u32 *)ROW(i, IN32);
LOAD_ROWS(load_contiguous32, R, u32, w_u32, IN32, EACH32, splat32, 4)
#undef PART
#define PART(i) r.p##i = *(const w_u64 *)ROW(i, IN64);
LOAD_ROWS(load_contiguous64, L, u64, w_u64, IN64, EACH64, splat64, 8)
#undef PART

// Lane i gets word k[i] of n neighbours: 16, 32 or 64.
INLINE R pick32(u64 a, u32 n, const u32 *k) {
  R r; const u32 *from = (const u32 *)a;
#if PART_BYTES == 64 && !defined(__clang__)
#define AT(i) (*(const w_u32 *)(from + i * IN32))
#define PART(i) { v_u32 at = *(const w_u32 *)(k + i * IN32); \
    if (n == 16) r.p##i = __builtin_shuffle(AT(0), at); else r.p##i = __builtin_shuffle(AT(0), AT(1), at); \
    if (n == 64) { v_u32 far = (v_u32)(at >= 32); r.p##i = (r.p##i & ~far) | (__builtin_shuffle(AT(2), AT(3), at) & far); } }
  EACH32
#undef PART
#undef AT
#else
  u32 t[32]; for (int i = 0; i < 32; i++) t[i] = from[k[i]];
  memcpy(&r, t, sizeof r);
#endif
  return r; }
INLINE R load_rows32(const u64 *a, u32 W, s64 step) {
  if (step == 0 && W < 32 && W >= IN32) { R r;  // a few broadcasts: no detour through memory
#define PART(i) r.p##i = (v_u32){} + *(const u32 *)a[i * IN32 / W];
    EACH32
#undef PART
    return r; }
  return load_contiguous32(a, W, step);
}
INLINE L load_rows64(const u64 *a, u32 W, s64 step) { return load_contiguous64(a, W, step); }

INLINE void store_rows32(const u64 *a, u32 W, s64 step, R x) {
  if (step == 4 && W >= IN32) {
#define PART(i) *(w_u32 *)ROW(i, IN32) = x.p##i;
    EACH32
#undef PART
  } else { u32 t[32]; memcpy(t, &x, 128);
    if (step == 4) for (u32 k = 0; k < 32; k += W) memcpy((void *)a[k / W], t + k, 4 * W);
    else for (u32 k = 0; k < 32; k++) *(u32 *)(a[k / W] + (u64)step * (k % W)) = t[k]; }
}
INLINE void store_rows64(const u64 *a, u32 W, s64 step, L x) {
  if (step == 8 && W >= IN64) {
#define PART(i) *(w_u64 *)ROW(i, IN64) = x.p##i;
    EACH64
#undef PART
  } else { u64 t[32]; memcpy(t, &x, 256);
    if (step == 8) for (u32 k = 0; k < 32; k += W) memcpy((void *)a[k / W], t + k, 8 * W);
    else for (u32 k = 0; k < 32; k++) *(u64 *)(a[k / W] + (u64)step * (k % W)) = t[k]; }
}

// ---- lanes: element type t into (or out of) registers of 32 or 64 bits a lane, `offset` bytes on, for lanes in m ----

#define LANES(t)                                                                                                  \
  static void load_##t##_32(R *d, const L *address, u64 offset, u32 m) {                                          \
    const u64 *a = (const u64 *)address; u32 *r = (u32 *)d;                                                       \
    for (int i = 0; i < 32; i++) if (m >> i & 1) r[i] = (u32)*(const t *)(a[i] + offset); }                       \
  static void load_##t##_64(L *d, const L *address, u64 offset, u32 m) {                                          \
    const u64 *a = (const u64 *)address; u64 *r = (u64 *)d;                                                       \
    for (int i = 0; i < 32; i++) if (m >> i & 1) r[i] = (u64)*(const t *)(a[i] + offset); }                       \
  static void store_##t##_32(const R *x, const L *address, u64 offset, u32 m) {                                   \
    const u64 *a = (const u64 *)address; const u32 *r = (const u32 *)x;                                           \
    for (int i = 0; i < 32; i++) if (m >> i & 1) *(t *)(a[i] + offset) = (t)r[i]; }                               \
  static void store_##t##_64(const L *x, const L *address, u64 offset, u32 m) {                                   \
    const u64 *a = (const u64 *)address; const u64 *r = (const u64 *)x;                                           \
    for (int i = 0; i < 32; i++) if (m >> i & 1) *(t *)(a[i] + offset) = (t)r[i]; }

// ---- addresses: from a space's own offsets to the host's ----

INLINE L widen32(R x) { u32 s[32]; u64 t[32]; L r; memcpy(s, &x, 128); for (int i = 0; i < 32; i++) t[i] = s[i];
  memcpy(&r, t, 256); return r; }
INLINE L minus64(L x, L y) {
#define PART(i) x.p##i -= y.p##i;
  EACH64
#undef PART
  return x; }
INLINE L local_frames(const struct core *c, const struct warp *w, u64 size) {  // where each lane's local arrays begin
  return plus64(splat64((u64)c->local + (u64)w->index * 32 * size), pattern64(LANE, size)); }

// ---- for spread.py, where registers are in memory ----

static __attribute__((noinline)) const R *fill32(R *r, u32 x) { *r = splat32(x); return r; }
static __attribute__((noinline)) const L *fill64(L *r, u64 x) { *r = splat64(x); return r; }
static __attribute__((noinline)) const R *low32(R *r, const L *x) {
  for (int i = 0; i < 32; i++) ((u32 *)r)[i] = (u32)((const u64 *)x)[i]; return r; }
static __attribute__((noinline)) void put32(R *r, u32 x, u32 m) { *r = choose32(m, splat32(x), *r); }
static __attribute__((noinline)) void put64(L *r, u64 x, u32 m) { *r = choose64(m, splat64(x), *r); }
static __attribute__((noinline)) void address32(L *a, const R *base, u64 offset) { *a = plus64(widen32(*base), splat64(offset)); }
static __attribute__((noinline)) void address64(L *a, const L *base, u64 offset) { *a = plus64(*base, splat64(offset)); }
