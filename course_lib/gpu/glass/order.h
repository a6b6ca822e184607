// What orders two accesses, in a kernel that is checked: barriers, __syncwarp(), and a fence before an atomic (or any
// strong write) that another thread reads before its own access.

struct release { u32 time, thread, block, own[2], all[2], warp[2], knew; };  // [1]: seen by the whole device
struct variable { u64 address; u32 count, room; struct release *releases; };
struct knowledge { u32 variable, upto, warp, time, before; };  // a warp read a variable; `before`: what its block knew then
struct history {
  struct { u32 time, block; } *turns; u32 turn_count, turn_room;  // which block ran from when on
  struct variable *variables; u32 variable_count, variable_room;
  struct knowledge *known; u32 known_count, known_room;
  u32 head;  // the last that this block came to know; 0: nothing
};

#define GROW(items, count, room) \
  if (count == room) { room = room ? 2 * room : 64; items = realloc(items, room * sizeof *items); if (!items) abort(); }

static u32 block_number(const struct core *c) { return c->block[0] + c->launch->grid[0] * (c->block[1] + c->launch->grid[1] * c->block[2]); }

static u32 turn_at(const struct history *h, u32 time) {  // the block that ran then
  u32 below = 0, above = h->turn_count;
  while (above - below > 1) { u32 middle = (below + above) / 2; if (h->turns[middle].time <= time) below = middle; else above = middle; }
  return h->turns[below].block;
}
static void block_at(struct core *c, u32 time, u32 *block) {
  u32 number = turn_at(c->checked->history, time); const u32 *grid = c->launch->grid;
  block[0] = number % grid[0]; block[1] = number / grid[0] % grid[1]; block[2] = number / grid[0] / grid[1];
}

// ---- events ----

static void block_begins(struct core *c) {
  struct checked *k = c->checked; struct history *h = k->history;
  k->began = k->since = ++k->time; k->published = k->fences = h->head = 0;
  memset(k->local.written, 0, k->local.bytes); memset(k->arrived, 0, sizeof k->arrived);
  memset(k->fenced, 0, sizeof k->fenced); memset(k->wide, 0, sizeof k->wide);
  GROW(h->turns, h->turn_count, h->turn_room)
  h->turns[h->turn_count].time = k->time; h->turns[h->turn_count++].block = block_number(c);
  ((struct findings *)c->launch->findings)->began[block_number(c)] = k->time;
  for (u32 i = 0; i < WARPS; i++) k->warp_since[i] = k->time;
}
static void block_meets(struct core *c) {
  struct checked *k = c->checked;
  k->since = ++k->time;
  if (k->fences) k->published = k->since;
  k->fences = 0;
}
// __syncwarp(members): pairs of lanes that name each other
static void lanes_meet(struct core *c, const struct warp *w, const R *members, u32 m) {
  struct checked *k = c->checked; const u32 *named = (const u32 *)members;
  u32 now = ++k->time, all = m == ~0u || m == (1u << (THREADS - 32 * w->index < 32 ? THREADS - 32 * w->index : 31)) - 1;
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) {
    all &= (named[i] & m) == m;
    for (u32 j = 0; j < 32; j++) if ((named[i] & m) >> j & 1) k->met[w->index][i][j] = now;
  }
  if (all) k->warp_since[w->index] = now;
}
static void fence_of(struct core *c, const struct warp *w, u32 wide, u32 m) {
  struct checked *k = c->checked; u32 now = ++k->time;
  k->fences |= wide;
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) { k->fenced[thread_of(w, i)] = now; if (wide) k->wide[thread_of(w, i)] = now; }
}

static u32 variable_at(struct history *h, u64 address, int make) {
  for (u32 i = h->variable_count; i-- > 0;) if (h->variables[i].address == address) return i + 1;
  if (!make) return 0;
  GROW(h->variables, h->variable_count, h->variable_room)
  struct variable v = {address, 0, 0, NULL};
  h->variables[h->variable_count++] = v;
  return h->variable_count;
}
// An atomic or another strong access: who reads comes to know what was released there, who writes releases.
static void strong(struct core *c, const struct warp *w, const u64 *a, u32 m, u32 does, u32 reads) {
  struct checked *k = c->checked; struct history *h = k->history;
  if (does & RELEASES) fence_of(c, w, 1, m);
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) {
    u32 t = thread_of(w, i), releases = does & WRITES && (k->fenced[t] || k->published);
    u32 which = (releases || (reads && h->variable_count)) ? variable_at(h, a[i], releases) : 0;
    if (!which) continue;
    struct variable *v = &h->variables[which - 1];
    if (reads && v->count) {
      struct knowledge *last = h->head ? &h->known[h->head - 1] : NULL;
      if (!last || last->variable != which || last->upto != v->count || last->warp != w->index) {
        GROW(h->known, h->known_count, h->known_room)
        struct knowledge n = {which, v->count, w->index, k->time, h->head};
        h->known[h->known_count++] = n; h->head = h->known_count;
      }
    }
    if (!releases) continue;
    struct release r = {++k->time, t, block_number(c), {k->fenced[t], k->wide[t]}, {0}, {0}, h->head};
    for (int s = 0; s < 2; s++) {
      r.all[s] = r.own[s] > k->since ? k->since : k->published;
      r.warp[s] = r.own[s] > k->warp_since[w->index] ? k->warp_since[w->index] : 0;
    }
    GROW(v->releases, v->count, v->room)
    v->releases[v->count++] = r;
  }
}

// ---- the question ----

static int covers(const struct release *r, u64 stamp, u32 wide) {
  u32 t = THREAD(stamp), time = TIME(stamp);
  return (t == r->thread && time < r->own[wide]) || time < r->all[wide] || (t / 32 == r->thread / 32 && time < r->warp[wide]);
}
// Whether someone who knows `head` knows of the access; `depth`: how many hands it may have gone through.
static int knows(struct core *c, u32 head, const struct warp *w, u64 stamp, u32 block, u32 wide, int depth) {
  struct checked *k = c->checked; struct history *h = k->history;
  for (; head; head = h->known[head - 1].before) {
    struct knowledge n = h->known[head - 1];
    if (w && n.warp != w->index && n.time >= k->since) continue;  // another warp read it, and has not met this one since
    struct variable *v = &h->variables[n.variable - 1];
    u32 first = 0, end = n.upto;  // releases are in the order of time
    while (first < end) { u32 middle = (first + end) / 2; if (v->releases[middle].time <= TIME(stamp)) first = middle + 1; else end = middle; }
    for (u32 i = first; i < n.upto; i++) if (v->releases[i].block == block && covers(&v->releases[i], stamp, wide)) return 1;
    for (u32 i = n.upto; depth && i-- > first;) if (knows(c, v->releases[i].knew, NULL, stamp, block, wide, depth - 1)) return 1;
  }
  return 0;
}
static int ordered(struct core *c, const struct warp *w, u32 lane, const struct ground *g, u64 stamp) {
  struct checked *k = c->checked; u32 time = TIME(stamp), t = THREAD(stamp);
  if (time < k->began) {
    u32 block = turn_at(k->history, time);
    return knows(c, k->history->head, w, stamp, block, 1, 2);
  }
  if (time < k->since || t == thread_of(w, lane)) return 1;
  if (t / 32 == w->index) { if (time < k->warp_since[w->index] || time < k->met[w->index][lane][t % 32]) return 1; }
  else if (time < k->arrived[w->index][t / 32]) return 1;
  return k->history->head && knows(c, k->history->head, w, stamp, block_number(c), 0, 2);
}

// ---- barriers of the block ----

static u32 full(u32 warp) { u32 n = THREADS - 32 * warp; return n < 32 ? (1u << n) - 1 : ~0u; }

// All warps that still run wait: have all threads come, and to the same barrier?
static void barrier_meets(struct core *c, const struct warp *warps, u64 stride, const u64 *finished) {
#ifndef NAMED_BARRIERS
  const struct warp *first = NULL;
#define WARP(i) ((const struct warp *)((const u8 *)warps + (i) * stride))
  for (u32 i = 0; i < WARPS; i++) if (!(finished[i / 64] >> (i % 64) & 1)) {
    const struct warp *w = WARP(i);
    if (!first) first = w;
    else if (LINE[w->site] != LINE[first->site])
      record(c, w, APART, w->site, __builtin_ctz(w->here), 0, 0, 0, STAMP(c->checked->time, first->site, 0, thread_of(first, __builtin_ctz(first->here))));
  }
  for (u32 i = 0; first && i < WARPS; i++) {
    u32 gone = finished[i / 64] >> (i % 64) & 1 ? full(i) : full(i) & ~WARP(i)->here;
    if (gone) record(c, first, MISSING, first->site, __builtin_ctz(first->here), 0, 0, 0,
                     STAMP(c->checked->time, first->site, 0, i * 32 + __builtin_ctz(gone)));
  }
  block_meets(c);
#endif
}
// Named barriers: who waits comes to know what all that came did before.
static void comes(struct core *c, const struct warp *w, u32 number, u32 waits) {
  struct checked *k = c->checked;
  k->came[number & 15][w->index] = ++k->time; k->waits[number & 15][w->index] = waits;
}
static void warps_meet(struct core *c, u32 number) {
  struct checked *k = c->checked;
  for (u32 i = 0; i < WARPS; i++) for (u32 j = 0; j < WARPS; j++)
    if (k->waits[number][i] && k->came[number][j]) k->arrived[i][j] = k->came[number][j];
  if (!c->expected[number]) block_meets(c);
  memset(k->came[number], 0, sizeof k->came[number]); memset(k->waits[number], 0, sizeof k->waits[number]);
}

// ---- the launch ----

static void check_begins(struct core *c) {
  struct checked *k = c->checked = calloc(1, sizeof *k);
  if (!k || !(k->history = calloc(1, sizeof *k->history))) abort();
  u64 cells = c->launch->shared_bytes / GRAIN + 1, *stamps = calloc(3 * cells, 8);
  u8 *written = calloc(WARPS * 32ull * LOCAL + 1, 1);
  if (!stamps || !written) abort();
  k->shared = (struct ground){(u64)c->shared, c->launch->shared_bytes, stamps, stamps + cells, stamps + 2 * cells, NULL};
  k->local = (struct ground){(u64)c->local, WARPS * 32ull * LOCAL, NULL, NULL, NULL, written};
}
static void check_ends(struct core *c) {
  struct history *h = c->checked->history;
  for (u32 i = 0; i < h->variable_count; i++) free(h->variables[i].releases);
  free(h->turns); free(h->variables); free(h->known); free(h);
  free(c->checked->shared.wrote); free(c->checked->local.written); free(c->checked);
}
