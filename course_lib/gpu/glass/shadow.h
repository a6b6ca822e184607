// What accesses leave behind, in a kernel that is checked. Memory is cut into cells of GRAIN bytes, the smallest that
// the kernel touches; each remembers who wrote it last, and two threads that read it. An access that meets another one
// with nothing to order the two (order.h) is a race. A checked launch runs on one core, block after block.

// What an access does. COPIES: begins a copy that arrives later; ARRIVES: that copy, when it does. COPIED: the elements of
// a vector that are stored again, and not looked at.
enum { READS = 1, WRITES = 2, STRONG = 4, VOLATILE = 8, RELEASES = 16, COPIES = 32, ARRIVES = 64, NEAR = 128 };
#define COPIED(elements) ((elements) << 8)

// A stamp says who made an access, and when: time, site, whether it is a copy on its way, how strong, thread.
// Time counts the events that order accesses; 0 is before all of them.
#define STAMP(time, site, strength, thread) ((u64)(time) << 32 | (u64)(site) << 13 | (u64)(strength) << 10 | (thread))
#define TIME(s) ((u32)((s) >> 32))
#define SITE(s) ((u32)(s) >> 13)
#define ON_ITS_WAY(s) ((s) >> 12 & 1)
#define STRENGTH(s) ((s) >> 10 & 3)  // 0: plain, 1: volatile, 2: atomic and its kin, 3: so for its block alone
#define THREAD(s) ((u32)(s) & 1023)

struct ground { u64 first, bytes, *wrote, *read, *other; u8 *written; };  // one array; its mirror is in check.py
struct finding { struct fault at; u64 other, count; u32 other_block[3], pad; };

struct proof { u32 lanes, seen[SLOTS + 1][WARPS]; };
struct checked {
  u32 began, since;                  // when this block began; when its threads last met
  u32 published;                     // accesses before this time were followed by a fence and a barrier
  u32 head;                          // the last that this block came to know (order.h); 0: nothing
  u32 fences, fenced[1024], wide[1024];  // of each thread, its last fence: of the block at least, of the device at least
  u32 warp_since[WARPS];             // when all lanes of a warp last met
  u32 warp_fences[WARPS], warp_published[2][WARPS];  // as fences and published, of a warp: at least its block, the device sees it
  u32 met[WARPS][32][32];            // when two lanes of a warp last met
  u32 arrived[WARPS][WARPS];         // named barriers: a warp knows what another did before this time
  struct { const struct warp *who; u32 when, site, waits; } came[16][WARPS];  // to a barrier that is still closed
  struct ground shared, local;
  u32 ran[SLOTS + 1][WARPS], seen[SLOTS + 1][WARPS], meeting, *owner;  // of known.h; owner: of each byte of shared memory
  u8 *filled;
  struct proof (*proof)[WARPS];      // of each slot and warp
};
struct turn { u32 time, block; };
struct findings { struct turn *turns; u64 turn_room, most, count; struct finding list[]; };  // turns: which block ran from when on

// What a trusting kernel took for granted does not hold: it begins again, as one that is not.
__attribute__((noreturn)) COLD void doubt(struct core *c, const struct warp *w) { fault(c, w, DOUBT, 0, 0, 0, 0, 0); }

static u32 thread_of(const struct warp *w, u32 lane) { return w->index * 32 + lane; }

// ---- findings: one for each kind, array and pair of lines, with a count ----

static u32 now(const struct core *c);
static int is_own(const struct core *c, u64 stamp);  // of this block
static void block_at(struct core *c, u32 time, u32 *block);
static int is_again(const struct finding *f, u32 kind, u32 site, u64 first, u64 other) {  // an unrolled loop has many sites
  if (f->at.kind != kind) return 0;
  if (f->at.site == site && SITE(f->other) == SITE(other)) return 1;
  return first && f->at.first == first && LINE[f->at.site] == LINE[site] && LINE[SITE(f->other)] == LINE[SITE(other)];
}
static void record(struct core *c, const struct warp *w, u32 kind, u32 site, u32 lane, u64 address, u64 bytes, u64 first, u64 other) {
  struct findings *all = (struct findings *)c->launch->findings;
  for (u64 i = 0; i < all->count; i++) {
    struct finding *f = &all->list[i];
    if (is_again(f, kind, site, first, other)) { f->count++; return; }
  }
  if (all->count == all->most) return;
  struct fault at = {kind, site, w->index, lane, address, bytes, (u64)c->shared, first, {c->block[0], c->block[1], c->block[2]}, 0};
  struct finding f = {at, other, 1, {0}, 0};
  if (TIME(other)) block_at(c, TIME(other), f.other_block);
  all->list[all->count++] = f;
}

// ---- which array an address lies in ----

static struct ground *ground_of(struct core *c, u64 address) {
  struct checked *k = c->checked;
  if (address - k->shared.first < k->shared.bytes) return &k->shared;
  if (address - k->local.first < k->local.bytes) return &k->local;
  u64 below = 0, above = c->launch->array_count;
  while (below < above) {
    u64 middle = (below + above) / 2;
    if (c->launch->arrays[middle].first <= address) below = middle + 1; else above = middle;
  }
  return (struct ground *)c->launch->grounds + (below - 1);
}

// ---- one lane and one cell ----

static int ordered(struct core *c, const struct warp *w, u32 lane, const struct ground *g, u64 stamp);
static int lacks_fence(struct core *c, const struct warp *w, u32 site, u64 address, u64 stamp);
static void asks(struct core *c, u32 site);

static u32 strength(u32 does) { return does & STRONG ? does & NEAR ? 3 : 2 : does & VOLATILE ? 1 : 0; }

// Two accesses that are both strong may meet; but lanes of one warp that talk through volatile memory are too old.
static int may_meet(const struct core *c, const struct warp *w, u32 does, u64 stamp) {
  u32 mine = strength(does), theirs = STRENGTH(stamp);
  if (!mine || !theirs) return 0;
  return is_own(c, stamp) ? mine + theirs > 2 || THREAD(stamp) / 32 != w->index : mine < 3 && theirs < 3;
}
static void race(struct core *c, const struct warp *w, u32 site, u32 lane, u64 address, u64 size, u64 first, u64 stamp) {
  u32 kind = !is_own(c, stamp) ? RACE_OF_BLOCKS : THREAD(stamp) / 32 == w->index ? RACE_IN_WARP : RACE;
  record(c, w, kind, site, lane, address, size, first, stamp);
}

// Lanes that store the same value in one place do no harm: the value of this lane and of the one before it, or of memory.
struct values { const void *of_lanes; const u64 *address; u32 bytes, lanes; };
static int same_value(const struct values *v, u32 lane, u64 size) {
  if (!v->of_lanes) return 0;
  const u8 *mine = (const u8 *)v->of_lanes + lane * v->bytes;
  for (u32 i = lane; i-- > 0;) if (v->lanes >> i & 1 && v->address[i] == v->address[lane])
    return !memcmp(mine, (const u8 *)v->of_lanes + i * v->bytes, size);
  return !memcmp(mine, (const void *)v->address[lane], size);
}

// Whether an atomic would hide a plain store before it, on which threads that have not met since must not rely.
static int hides(struct core *c, u32 does, u64 wrote) {
  return strength(does) > 1 && !STRENGTH(wrote) && !ON_ITS_WAY(wrote) && TIME(wrote) >= c->checked->since && is_own(c, wrote);
}
static void touch(struct core *c, const struct warp *w, u32 site, u32 lane, struct ground *g, u64 cell, u32 does, u64 address,
                  u64 size, u64 first, const struct values *v) {
  struct checked *k = c->checked;
  u64 wrote = g->wrote[cell], mine = STAMP(now(c), site, strength(does) | (does & COPIES ? 4 : 0), thread_of(w, lane));
  if (!(wrote | g->read[cell])) {  // nobody was here
    if (does & WRITES) g->wrote[cell] = mine; else g->read[cell] = mine;
    return;
  }
  if (does & ARRIVES && ON_ITS_WAY(wrote)) { g->wrote[cell] = mine; return; }  // it was judged as it set off, by who sent it
  int is_shared = g == &k->shared;
  if (TIME(wrote) && !(is_shared && TIME(wrote) < k->began)) {
    if (ON_ITS_WAY(wrote)) { if (!(does & (COPIES | ARRIVES))) record(c, w, UNFINISHED, site, lane, address, size, first, wrote); }
    else if (may_meet(c, w, does, wrote) ? does & VOLATILE && lacks_fence(c, w, site, address, wrote) && !ordered(c, w, lane, g, wrote)
                                         : !ordered(c, w, lane, g, wrote) && !(does & WRITES && same_value(v, lane, size)))
      race(c, w, site, lane, address, size, first, wrote);
  }
  u64 reader = g->read[cell], another = g->other[cell];
  if (does & WRITES) {
    u64 readers[2] = {reader, another};
    for (int i = 0; i < 2 && !TIME(wrote); i++)  // another block has looked whether this is there
      if (STRENGTH(readers[i]) == 1 && !is_own(c, readers[i])) asks(c, SITE(readers[i]));
    for (int i = 0; i < 2; i++)
      if (TIME(readers[i]) && !(is_shared && TIME(readers[i]) < k->began) && !may_meet(c, w, does, readers[i]) &&
          !ordered(c, w, lane, g, readers[i])) { race(c, w, site, lane, address, size, first, readers[i]); break; }
    if (!hides(c, does, wrote)) g->wrote[cell] = mine;
  } else {  // keep two readers that differ, and are not yet ordered before everybody
    int own = TIME(reader) >= k->since || is_own(c, reader);
    int stale = !TIME(reader) || (own ? TIME(reader) < k->since : is_shared);
    if (stale || (own && THREAD(reader) == THREAD(mine))) g->read[cell] = mine;
    else g->other[cell] = mine;
  }
}

// ---- what nobody wrote: an element none of whose bytes were written ----

static int unwritten(struct core *c, const struct ground *g, u64 offset, u64 bytes) {
  struct checked *k = c->checked;
  if (g == &k->shared) {
    for (u64 cell = offset / GRAIN; cell <= (offset + bytes - 1) / GRAIN; cell++) if (TIME(g->wrote[cell]) >= k->began) return 0;
    return 1;
  }
  if (!g->written) return 0;
  for (u64 i = 0; i < bytes; i++) if (g->written[offset + i]) return 0;
  return 1;
}

// ---- one access of a warp ----

// The lanes of m whose addresses are inside and aligned; the others are recorded, and sent nowhere.
static u8 nowhere[64] __attribute__((aligned(64)));
static u32 lost(const L *a) {  // those that were
  u32 m = 0; for (u32 i = 0; i < 32; i++) m |= (u32)(((const u64 *)a)[i] == (u64)nowhere) << i;
  return m;
}
static u32 inside(struct core *c, struct warp *w, u32 site, u64 *a, u32 m, u64 first, u64 n, u64 size) {
  u32 good = m;
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) {
    int fits = first ? a[i] - first < n : anywhere(c, w, a[i], size);
    if (fits && !(a[i] & (size - 1))) continue;
    record(c, w, fits ? MISALIGNED : OUTSIDE, site, i, a[i], size, first, 0);
    good &= ~(1u << i); a[i] = (u64)nowhere;
  }
  return good;
}
// a: addresses of the host; element: bytes of one of its elements; values: of the lanes that store, 0 if not told.
static void note(struct core *c, const struct warp *w, u32 site, const u64 *a, u32 m, u64 first, u64 size, u64 element, u32 does,
                 const void *values, u32 value_bytes) {
  struct values v = {values, a, value_bytes, m};
  struct ground *g = m ? ground_of(c, a[__builtin_ctz(m)]) : NULL;
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) {
    if (a[i] - g->first >= g->bytes) g = ground_of(c, a[i]);
    u64 offset = a[i] - g->first;
    if (g == &c->checked->shared && offset - RESERVED_AT < RESERVED_BYTES) continue;  // cooperative groups know what they do
    for (u64 e = 0; e < size; e += element) {
      u64 copied = does >> 8 >> e / element & 1;  // what fills a struct up has neighbours that were written
      if (does & READS && unwritten(c, g, offset + e, element) && (!copied || unwritten(c, g, offset, size))) {
        u64 at = a[i] + e;
        if (g == &c->checked->local) at = (at - g->first) % (LOCAL + !LOCAL) + first;
        record(c, w, UNWRITTEN, site, i, at, element, first, 0);
      }
      if (does & WRITES && g->written) memset(g->written + offset + e, 1, element);
      if (!g->wrote) continue;
      u64 last = (offset + e + element - 1) / GRAIN;
      for (u64 cell = (offset + e) / GRAIN; cell <= last; cell++) touch(c, w, site, i, g, cell, does, a[i] + e, element, first, &v);
    }
  }
}
static void copy_arrives(struct core *c, const struct warp *w, u32 site, u32 lane, u64 to, u64 size) {
  u64 a[32]; a[lane] = to;
  note(c, w, site, a, 1u << lane, 0, size, 4, WRITES | ARRIVES, NULL, 0);
}
// Lanes that are named, but are not here; or, if none is missing, a lane that does not name itself.
static int is_absent(struct core *c, const struct warp *w, u32 site, u32 lane, u32 missing) {
  record(c, w, ABSENT, site, lane, missing, 0, 0, STAMP(0, site, 0, thread_of(w, missing ? __builtin_ctz(missing) : lane)));
  return 1;
}
#define FLIP (c->launch->order & 1 ? 31 : 0)  // the order of lanes in an atomic
