// What warps do, counted: only in kernels that are profiled. counting.py writes the calls, and knows which accesses
// need none; requests.py has the same rules in NumPy.

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("caller-saves")  // registers of a hot loop need not survive the calls that it hardly ever makes
#endif

struct tally {
  u64 requests, lanes, used;   // warp requests, the lanes that made them, the bytes they wanted (each once)
  u64 sectors, ideal;          // 32-byte pieces of global memory moved, and the fewest that could hold those bytes
  u64 wavefronts, smooth;      // passes over shared memory's 32 banks, and the fewest that could do
  u64 worst;                   // the most passes of one request
};
struct tallies {
  struct tally sites[SITES];
  u64 rows[ROWS][32];  // of accesses whose lanes keep their distances: how often each alignment came, or each warp
  struct { u64 fast, runs, lanes, parted; } blocks[CODE_BLOCKS];  // of code: runs in the fast half, and in the other
};
struct watch { struct tallies tallies; u64 steps[ROWS][3]; };  // steps: between the lanes of a row, at the moment
struct shape { const u32 *patterns[3]; u64 size, shared, site; };
static const struct shape SHAPES[ROWS + 1];  // of rows whose steps are known only when the kernel runs
#define COUNTS (sizeof(struct tallies) / 8)

#define RAN_FAST(b) (T->blocks[b].fast++)
#define NOT_RAN(b) (T->blocks[b].fast--)
#define RAN(b, mask) (T->blocks[b].runs++, T->blocks[b].lanes += __builtin_popcount(mask))
#define PARTS(b) (T->blocks[b].parted++)

static void add(struct tally *t, struct tally one, u64 times) {
  t->requests += times; t->lanes += one.lanes * times; t->used += one.used * times;
  t->sectors += one.sectors * times; t->ideal += one.ideal * times;
  t->wavefronts += one.wavefronts * times; t->smooth += one.smooth * times;
  if (one.worst > t->worst) t->worst = one.worst;
}

// A set of at most 128 numbers.
struct set { u64 slot[256]; u8 taken[256]; u32 size; };
INLINE int put_in(struct set *s, u64 x) {  // whether it is new
  u32 h = x * 0x9E3779B97F4A7C15ull >> 56;
  while (s->taken[h] && s->slot[h] != x) h = (h + 1) & 255;
  if (s->taken[h]) return 0;
  s->taken[h] = 1; s->slot[h] = x; s->size++; return 1;
}
#define EMPTY(s) struct set s; memset(s.taken, 0, sizeof s.taken); s.size = 0
#define EACH_LANE(m) for (u32 left = (m), i; left && (i = __builtin_ctz(left), 1); left &= left - 1)

// Global memory moves whole sectors of 32 bytes, each once a request. An access lies in one of them, as it is aligned.
static struct tally of_global(const u64 *a, u32 m, u64 size) {
  EMPTY(starts); EMPTY(sectors);
  EACH_LANE(m) if (put_in(&starts, a[i])) put_in(&sectors, a[i] / 32);
  u64 used = starts.size * size;
  struct tally one = {1, __builtin_popcount(m), used, sectors.size, (used + 31) / 32};
  return one;
}

// Shared memory has 32 banks of 4 bytes: lanes that want different words of one bank wait for each other. Accesses of
// 8 bytes go half a warp at a time, of 16 bytes a quarter. Addresses count from the start of shared memory.
static struct tally of_shared(const u64 *a, u32 m, u64 size) {
  u32 group = size <= 4 ? 32 : size <= 8 ? 16 : 8;
  struct tally one = {1, __builtin_popcount(m)};
  for (u32 first = 0; first < 32; first += group) {
    EMPTY(words); u8 load[32] = {0}; u32 most = 0;
    EACH_LANE(m & (u32)(low_bits(group) << first)) for (u64 v = a[i] / 4; v <= (a[i] + size - 1) / 4; v++)
      if (put_in(&words, v) && ++load[v % 32] > most) most = load[v % 32];
    one.wavefronts += most; one.smooth += most > 0; one.used += 4 * words.size;
  }
  one.worst = one.wavefronts;
  return one;
}

// A lane's local arrays lie so that word w of lane i is at 128 w + 4 i: lanes that want the same word are neighbours.
static void count_local(struct core *c, u32 site, const L *offsets, u32 m, u64 size) {
  const u64 *a = (const u64 *)offsets; EMPTY(sectors);
  EACH_LANE(m) for (u64 w = a[i] / 4; w <= (a[i] + size - 1) / 4; w++) put_in(&sectors, 4 * w + i / 8);
  u64 used = __builtin_popcount(m) * size;
  struct tally one = {1, __builtin_popcount(m), used, sectors.size, (used + 31) / 32};
  add(&c->tallies->sites[site], one, 1);
}
static void count_only(struct core *c, u32 site, u32 m) {
  struct tally one = {1, __builtin_popcount(m)}; add(&c->tallies->sites[site], one, 1); }
static __attribute__((noinline)) void count_lanes(struct core *c, u32 site, const L *address, u32 m, u64 size) {
  const u64 *a = (const u64 *)address; u64 inside[32];
  if (!m) return;
  if (a[__builtin_ctz(m)] - (u64)c->shared >= c->launch->shared_bytes) { add(&c->tallies->sites[site], of_global(a, m, size), 1); return; }
  for (u32 i = 0; i < 32; i++) inside[i] = a[i] - (u64)c->shared;
  add(&c->tallies->sites[site], of_shared(inside, m, size), 1);
}

// ---- rows: the steps between the lanes stay the same for long, so only the first lane's alignment is counted ----

#define FAR ((u64)1 << 40)  // so that no lane's address is negative
static void flush_row(struct tallies *T, u32 n, const u64 *steps) {
  const struct shape *s = &SHAPES[n];
  for (u32 at = 0; at < 32; at++) if (T->rows[n][at]) {
    u64 a[32];
    for (u32 i = 0; i < 32; i++) {
      a[i] = FAR + at;
      for (u32 p = 0; p < 3; p++) if (s->patterns[p]) a[i] += steps[p] * (u64)(s64)(s32)s->patterns[p][i];
    }
    add(&T->sites[s->site], s->shared ? of_shared(a, ~0u, s->size) : of_global(a, ~0u, s->size), T->rows[n][at]);
    T->rows[n][at] = 0;
  }
}
INLINE void count_steps(struct tallies *T, u32 n, u64 first, u64 x, u64 y, u64 z) {
  u64 *k = ((struct watch *)T)->steps[n];
  if (UNLIKELY(k[0] != x || k[1] != y || k[2] != z)) { flush_row(T, n, k); k[0] = x; k[1] = y; k[2] = z; }
  T->rows[n][first & 31]++;
}

// ---- which sectors of global memory were touched at all: a byte each, at map + address / 32 (touched.py) ----

INLINE void mark(u64 map, u64 a) { *(u8 *)(map + a / 32) = 1; }
INLINE void mark_run(u64 map, u64 a, u64 bytes) { memset((u8 *)(map + a / 32), 1, bytes / 32); mark(map, a + bytes - 1); }
static void mark_lanes(u64 map, const L *address, u32 m) { EACH_LANE(m) mark(map, ((const u64 *)address)[i]); }
static void mark_open(struct core *c, u32 stores, const L *address, u32 m) {  // in an array that is not known
  const struct launch *g = c->launch; const u64 *maps = g->counts + COUNTS + 2 * POINTERS;
  EACH_LANE(m) {
    u64 a = ((const u64 *)address)[i], below = 0, above = g->array_count;
    while (below < above) { u64 middle = (below + above) / 2; if (g->arrays[middle].first <= a) below = middle + 1; else above = middle; }
    if (below && a - g->arrays[below - 1].first < g->arrays[below - 1].bytes) mark(maps[2 * (below - 1) + stores], a);
  }
}

// A wmma load or store is one request: its matrix lies in lines of `length` bytes, `step` bytes apart. Shared memory
// serves it as it serves ldmatrix, which it becomes if its elements have 16 bits: the first 16 bytes of eight lines at a
// time, then those of the next eight. map: 0 where the array is not known.
static void count_matrix(struct core *c, u32 site, u64 base, u64 step, u32 lines, u64 length, u64 map, u32 stores) {
  u32 piece = length < 16 ? length : 16, across = length / piece, pieces = lines * across;
  int shared = base - (u64)c->shared < c->launch->shared_bytes;
  struct tally one = {1, 32, lines * length}; EMPTY(sectors);
  for (u32 first = 0; first < pieces; first += 32) {
    L all; u64 *a = (u64 *)&all, inside[32]; u32 m = 0;
    for (u32 i = 0; i < 32 && first + i < pieces; i++, m = m << 1 | 1) {
      a[i] = base + (first + i) % lines * step + (first + i) / lines * piece;
      inside[i] = a[i] - (u64)c->shared;
    }
    if (shared) { struct tally t = of_shared(inside, m, piece); one.wavefronts += t.wavefronts; one.smooth += t.smooth; continue; }
    EACH_LANE(m) { put_in(&sectors, a[i] / 32); put_in(&sectors, (a[i] + piece - 1) / 32); }
    if (map) mark_lanes(map, &all, m); else mark_open(c, stores, &all, m);
  }
  one.sectors = sectors.size; one.ideal = shared ? 0 : (one.used + 31) / 32; one.worst = one.wavefronts;
  add(&c->tallies->sites[site], one, 1);
}

// ---- at the end of a thread's share ----

static void hand_over(struct launch *launch, struct tallies *T) {
  u64 *mine = (u64 *)T, *sum = launch->counts;
  for (u32 n = 0; n < ROWS; n++) if (SHAPES[n].size) flush_row(T, n, ((struct watch *)T)->steps[n]);
  for (u64 i = 0; i < COUNTS; i++) {
    u64 known = __atomic_load_n(&sum[i], __ATOMIC_RELAXED);
    if (i >= 8 * SITES || i % 8 != 7) __atomic_fetch_add(&sum[i], mine[i], __ATOMIC_RELAXED);
    else while (known < mine[i] && !__atomic_compare_exchange_n(&sum[i], &known, mine[i], 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
  }
}
