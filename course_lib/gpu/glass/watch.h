// What warps do, counted: only in kernels that are profiled. One tally an access, three numbers a block of code.

struct tally {
  u64 requests, lanes, used;   // warp requests, the lanes that made them, the bytes they wanted (each once)
  u64 sectors, ideal;          // 32-byte pieces of global memory moved, and the fewest that could hold those bytes
  u64 wavefronts, smooth;      // passes over shared memory's 32 banks, and the fewest that could do
  u64 worst;                   // the most passes of one request
};
struct tallies { struct tally sites[SITES]; struct { u64 runs, lanes, parted; } blocks[CODE_BLOCKS]; };

#define RAN(b, mask) (c->tallies->blocks[b].runs++, c->tallies->blocks[b].lanes += __builtin_popcount(mask))
#define PARTS(b) (c->tallies->blocks[b].parted++)

INLINE void tally_add(struct core *c, u32 site, u32 lanes, u64 used, u64 sectors, u64 wavefronts, u64 smooth) {
  struct tally *t = &c->tallies->sites[site];
  t->requests++; t->lanes += lanes; t->used += used;
  if (sectors) { t->sectors += sectors; t->ideal += (used + 31) / 32; }
  t->wavefronts += wavefronts; t->smooth += smooth;
  if (wavefronts > t->worst) t->worst = wavefronts;
}

// Global memory moves whole sectors of 32 bytes, each once a request.
static __attribute__((noinline)) void count_global(struct core *c, u32 site, const u64 *a, u32 m, u64 size) {
  u64 sector[64], start[32]; u32 sectors = 0, starts = 0;
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) {
    u32 j = starts; while (j > 0 && start[j - 1] != a[i]) j--;
    if (j) continue;  // an address that another lane wants too costs nothing more
    start[starts++] = a[i];
    for (u64 s = a[i] / 32; s <= (a[i] + size - 1) / 32; s++) {
      u32 k = sectors; while (k > 0 && sector[k - 1] != s) k--;
      if (!k) sector[sectors++] = s;
    }
  }
  tally_add(c, site, __builtin_popcount(m), starts * size, sectors, 0, 0);
}

// Shared memory has 32 banks of 4 bytes: lanes that want different words of one bank wait for each other. Accesses of
// 8 bytes go half a warp at a time, of 16 bytes a quarter.
static __attribute__((noinline)) void count_shared(struct core *c, u32 site, const u64 *a, u32 m, u64 size) {
  u32 group = size <= 4 ? 32 : size <= 8 ? 16 : 8, passes = 0, fewest = 0; u64 used = 0;
  for (u32 first = 0; first < 32; first += group) {
    u64 word[128]; u32 words = 0, load[32] = {0}, most = 0;
    for (u32 i = first; i < first + group; i++) if (m >> i & 1)
      for (u64 v = (a[i] - (u64)c->shared) / 4; v <= (a[i] - (u64)c->shared + size - 1) / 4; v++) {
        u32 k = words; while (k > 0 && word[k - 1] != v) k--;
        if (k) continue;
        word[words++] = v;
        if (++load[v % 32] > most) most = load[v % 32];
      }
    passes += most; fewest += words > 0; used += 4 * words;
  }
  tally_add(c, site, __builtin_popcount(m), used, 0, passes, fewest);
}
static void count_lanes(struct core *c, u32 site, const L *address, u32 m, u64 size) {
  const u64 *a = (const u64 *)address;
  if (a[__builtin_ctz(m)] - (u64)c->shared < c->launch->shared_bytes) count_shared(c, site, a, m, size);
  else count_global(c, site, a, m, size);
}
INLINE void count_uniform(struct core *c, u32 site, u64 a, u64 size) {
  if (a - (u64)c->shared < c->launch->shared_bytes) tally_add(c, site, 32, size, 0, 1, 1);
  else tally_add(c, site, 32, size, (a + size - 1) / 32 - a / 32 + 1, 0, 0);
}
// The common rows without looking at 32 addresses: equal rows of neighbouring elements, of one element, or far apart.
INLINE void count_rows(struct core *c, u32 site, const u64 *a, u32 W, s64 step, u64 size) {
  u32 rows = 32 / W, distinct = 0, sectors = 0, apart = 1; u64 own[8];
  int shared = a[0] - (u64)c->shared < c->launch->shared_bytes;
  int run = step == (s64)size, one = step == 0, far = step >= 32 || step <= -32;
  u64 bytes = one ? size : size * W;
  for (u32 r = 0; r < rows; r++) {
    u32 k = 0; while (k < distinct && own[k] != a[r]) k++;
    if (k < distinct) continue;
    for (u32 j = 0; j < distinct; j++)
      apart &= a[r] / 32 > (own[j] + bytes - 1) / 32 || (a[r] + bytes - 1) / 32 < own[j] / 32;
    own[distinct++] = a[r];
    sectors += one || run ? (a[r] + bytes - 1) / 32 - a[r] / 32 + 1 : W;
  }
  if (!shared && (distinct == 1 ? one || run || far : apart && (one || run)))
    tally_add(c, site, 32, distinct * bytes, sectors, 0, 0);
  else if (shared && size == 4 && (one || (run && apart))) {
    u8 load[32] = {0}, most = 1;
    for (u32 r = 0; distinct > 1 && r < distinct; r++)
      for (u64 word = (own[r] - (u64)c->shared) / 4, end = word + bytes / 4; word < end; word++) {
        u8 n = ++load[word % 32];
        if (n > most) most = n;
      }
    tally_add(c, site, 32, distinct * bytes, 0, most, 1);
  }
  else {
    L all; u64 *t = (u64 *)&all;
    for (u32 i = 0; i < 32; i++) t[i] = a[i / W] + (u64)step * (i % W);
    count_lanes(c, site, &all, ~0u, size);
  }
}
