// Barriers in shared memory that count arrivals and bytes (mbarrier), and copies that report to them. Included only where
// a kernel has them. A barrier's 64 bits: how many arrive in a phase, how many are still awaited, how many bytes, and in
// the highest bit which phase this is. A copy arrives when somebody asks whether the phase is over, and not before.

enum { PENDING = 20, BYTES = 40, COUNT = (1 << 20) - 1 };
#define FIELD(x, at) ((x) >> (at) & COUNT)
struct delivery { u64 barrier, to, from; u32 size, given, bytes, arrivals, site; };

static void bring(struct core *c, u64 barrier, u64 to, u64 from, u32 size, u32 given, u32 bytes, u32 arrivals, u32 site) {
  if (c->coming == c->room) c->deliveries = realloc(c->deliveries, (c->room = 2 * c->room + 64) * sizeof(struct delivery));
  struct delivery d = {barrier, to, from, size, given, bytes, arrivals, site};
  ((struct delivery *)c->deliveries)[c->coming++] = d;
}
static u64 after(u64 x, u32 arrivals, s64 bytes) {  // a barrier when so many have arrived, and so many bytes more are awaited
  x = (x & ~((u64)COUNT << PENDING)) | ((FIELD(x, PENDING) - arrivals) & COUNT) << PENDING;
  x = (x & ~((u64)COUNT << BYTES)) | ((FIELD(x, BYTES) + bytes) & COUNT) << BYTES;
  if (FIELD(x, PENDING) == 0 && FIELD(x, BYTES) == 0) x = (x ^ (u64)1 << 63) | FIELD(x, 0) << PENDING;
  return x;
}
static void deliver(struct core *c, const struct warp *w, u32 lane, u64 barrier) {
  struct delivery *d = c->deliveries; u32 kept = 0;
  for (u32 i = 0; i < c->coming; i++) {
    if (d[i].barrier != barrier) { d[kept++] = d[i]; continue; }
    memcpy((void *)d[i].to, (const void *)d[i].from, d[i].given);
    memset((u8 *)d[i].to + d[i].given, 0, d[i].size - d[i].given);
    if (d[i].size) copy_arrives(c, w, d[i].site, lane, d[i].to, d[i].size);
    if (d[i].bytes || d[i].arrivals) *(u64 *)barrier = after(*(u64 *)barrier, d[i].arrivals, -(s64)d[i].bytes);
  }
  c->coming = kept;
}
// cp.async.mbarrier.arrive: the copies that this lane has begun are this barrier's, and then one arrival.
static void hand_copies(struct core *c, struct warp *w, u64 barrier, u32 lane) {
  struct queue *q = queue_of(c, w); u32 kept = 0;
  for (u32 i = 0; i < q->used; i++) {
    struct copying p = q->copies[i];
    if (p.lane == lane) bring(c, barrier, p.to, p.from, p.size, p.given, 0, 0, p.site); else q->copies[kept++] = p;
  }
  q->used = kept;
  bring(c, barrier, 0, 0, 0, 0, 0, 1, 0);
}

// One instruction on the lanes of m, in their order. x: the barrier; y: the operand; result: r, or 1 in `ok`.
#define MBARRIER(name, waits, statement)                                                                               \
  static u32 mbarrier_##name(struct core *c, struct warp *w, L *d, const L *a, const L *ys, u32 m) {                   \
    u32 ok = 0;                                                                                                        \
    for (u32 lane = 0; lane < 32; lane++) if (m >> lane & 1) {                                                         \
      u64 at = ((const u64 *)a)[lane], y = ((const u64 *)ys)[lane], r = 0, *x = (u64 *)at, before = *x;                \
      u32 coming = c->coming; (void)y; (void)before; (void)coming; statement; ((u64 *)d)[lane] = r; ok |= (u32)(r & 1) << lane;                              \
      counts_on(c, w, at, lane, (before ^ *x) >> 63, !waits || coming != c->coming, waits && r & 1); }                                                  \
    return ok; }
MBARRIER(init, 0, *x = (y & COUNT) | (y & COUNT) << PENDING)
MBARRIER(inval, 0, *x = ~(u64)0)
MBARRIER(arrive, 0, r = *x; *x = after(*x, y, 0))
MBARRIER(arrive_drop, 0, r = *x; *x = after(*x - y, y, 0))
MBARRIER(arrive_expect_tx, 0, r = *x; *x = after(after(*x, 0, y), 1, 0))
MBARRIER(expect_tx, 0, *x = after(*x, 0, y))
MBARRIER(complete_tx, 0, *x = after(*x, 0, -(s64)y))
MBARRIER(test_wait, 1, deliver(c, w, lane, at); r = *x >> 63 != y >> 63)
MBARRIER(test_wait_parity, 1, deliver(c, w, lane, at); r = *x >> 63 != (y & 1))
MBARRIER(follow, 0, *x = after(*x, -1, 0); hand_copies(c, w, at, lane))
MBARRIER(follow_noinc, 0, hand_copies(c, w, at, lane))
// cp.async.bulk: bytes from `from` to `to`, then reported to the barrier; without one, at once. It is looked at 16 bytes
// at a time: all of it in a checked launch, which copies what is good, else its two ends.
#ifdef GRAIN
enum { BULK_STEP = 16, BULK_LOOKS = 1 << 28 };
#else
enum { BULK_STEP = 1 << 30, BULK_LOOKS = 2 };
#endif
static u32 bulk_lanes(const R *size, u32 n, u32 m) {  // whose copies have a look number n
  for (u32 i = 0; i < 32; i++) if (n >= BULK_LOOKS || ((const u32 *)size)[i] <= 16 * n) m &= ~(1u << i);
  return m;
}
static L bulk_place(const L *a, const R *size, u32 n) {
  L e; for (u32 i = 0; i < 32; i++) {
    s64 last = (s64)((const u32 *)size)[i] - 16, at = (s64)n * BULK_STEP;
    ((u64 *)&e)[i] = ((const u64 *)a)[i] + (at < last ? at : last);
  }
  return e;
}
static u32 bulk_ends(R *good, u32 n, u32 m) { for (u32 i = 0; i < 32; i++) if (m >> i & 1) ((u32 *)good)[i] = 16 * n; return m; }
static void copy_bulk(struct core *c, u32 site, const L *to, const L *from, const R *size, const R *good, const L *barrier, u32 m) {
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) {
    u64 t = ((const u64 *)to)[i], f = ((const u64 *)from)[i]; u32 bytes = ((const u32 *)size)[i], moved = ((const u32 *)good)[i];
    if (barrier) bring(c, ((const u64 *)barrier)[i], t, f, moved, moved, bytes, 0, site); else memcpy((void *)t, (const void *)f, moved);
  }
}
