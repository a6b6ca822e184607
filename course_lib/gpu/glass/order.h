// What orders two accesses, in a kernel that is checked: barriers, __syncwarp(), and a fence before an atomic (or any
// strong write) that another thread reads before its own access.

struct release { u32 time, thread, block, own[3], all[3], warp[3], knew; };  // [1]: seen by the whole device; [2]: if there were a fence
struct variable { u64 address; u32 count, room, query, asked, closed; struct release *releases; };
struct knowledge { u32 variable, upto, warp, time, before, query; };  // a warp read a variable; `before`: what its block knew then
struct history {
  u32 time;  // now
  struct turn *turns; u32 turn_count, turn_room;
  struct variable *variables; u32 variable_count, variable_room;
  u32 *places, place_count;  // a table of where the variable of an address is, by a hash of it; 0: nowhere
  struct knowledge *known; u32 known_count, known_room;
  u32 query, *heads, head_room;  // of `knows`
  u8 asks[sizeof LINE / sizeof *LINE];  // sites that read volatile memory before another block first wrote it: they ask whether
};

#define GROW(items, count, room) \
  if (count == room) { room = room ? 2 * room : 64; items = realloc(items, room * sizeof *items); if (!items) abort(); }

static u32 block_number(const struct core *c) { return c->block[0] + c->launch->grid[0] * (c->block[1] + c->launch->grid[1] * c->block[2]); }

static struct history *history_of(const struct core *c) { return (struct history *)c->launch->history; }
static u32 now(const struct core *c) { return history_of(c)->time; }
static u32 turn_at(const struct history *h, u32 time) {  // the block that ran then
  u32 below = 0, above = h->turn_count;
  while (above - below > 1) { u32 middle = (below + above) / 2; if (h->turns[middle].time <= time) below = middle; else above = middle; }
  return h->turns[below].block;
}
static int is_own(const struct core *c, u64 stamp) {
  const struct history *h = history_of(c); u32 time = TIME(stamp);
  return time >= c->checked->began && (time >= h->turns[h->turn_count - 1].time || turn_at(h, time) == block_number(c));
}
static void block_at(struct core *c, u32 time, u32 *block) {
  u32 number = turn_at(history_of(c), time); const u32 *grid = c->launch->grid;
  block[0] = number % grid[0]; block[1] = number / grid[0] % grid[1]; block[2] = number / grid[0] / grid[1];
}

// ---- events ----

static void turn_begins(struct core *c) {
  struct history *h = history_of(c); u32 block = block_number(c);
  if (h->turn_count && h->turns[h->turn_count - 1].block == block) return;
  GROW(h->turns, h->turn_count, h->turn_room)
  h->turns[h->turn_count++] = (struct turn){++h->time, block};
}
static void asks(struct core *c, u32 site) { history_of(c)->asks[site] = 1; }
static void judge_known(struct core *c);
static void block_begins(struct core *c) {
  struct checked *k = c->checked;
  k->began = k->since = ++history_of(c)->time; k->published = k->fences = k->head = 0;
  memset(k->local.written, 0, k->local.bytes); memset(k->arrived, 0, sizeof k->arrived); memset(k->came, 0, sizeof k->came);
  memset(k->warp_fences, 0, sizeof k->warp_fences); memset(k->warp_published, 0, sizeof k->warp_published);
  memset(k->fenced, 0, sizeof k->fenced); memset(k->wide, 0, sizeof k->wide);
  memset(k->ran, 0, sizeof k->ran); memset(k->seen, 0, sizeof k->seen);
  for (u32 i = 0; i < WARPS; i++) k->warp_since[i] = k->began;
}
static void block_meets(struct core *c) {
  struct checked *k = c->checked;
  judge_known(c);
  k->since = ++history_of(c)->time;
  if (k->fences) k->published = k->since;
  k->fences = 0;
}
// __syncwarp(members): pairs of lanes that name each other
static void lanes_meet(struct core *c, const struct warp *w, const R *members, u32 m) {
  struct checked *k = c->checked; const u32 *named = (const u32 *)members;
  u32 when = ++history_of(c)->time, all = m == ~0u || m == (1u << (THREADS - 32 * w->index < 32 ? THREADS - 32 * w->index : 31)) - 1;
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) {
    all &= (named[i] & m) == m;
    for (u32 j = 0; j < 32; j++) if ((named[i] & m) >> j & 1) k->met[w->index][i][j] = when;
  }
  if (!all) return;
  k->warp_since[w->index] = when;
  for (int s = 0; s < 2; s++) if (k->warp_fences[w->index] >> s & 1) k->warp_published[s][w->index] = when;
  k->warp_fences[w->index] = 0;
}
static void fence_of(struct core *c, const struct warp *w, u32 wide, u32 m) {
  struct checked *k = c->checked; u32 when = ++history_of(c)->time;
  k->fences |= wide; k->warp_fences[w->index] |= wide ? 3 : 1;
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) { k->fenced[thread_of(w, i)] = when; if (wide) k->wide[thread_of(w, i)] = when; }
}

static u32 *place_of(struct history *h, u64 address) {
  u32 at = address * 0x9e3779b97f4a7c15ull >> 32;
  while (h->places[at & (h->place_count - 1)] && h->variables[h->places[at & (h->place_count - 1)] - 1].address != address) at++;
  return &h->places[at & (h->place_count - 1)];
}
static u32 variable_at(struct history *h, u64 address, int make) {
  if (!h->place_count && !make) return 0;
  if (h->place_count <= 2 * h->variable_count) {
    free(h->places); h->place_count = 4 * h->variable_count + 64;
    while (h->place_count & (h->place_count - 1)) h->place_count += h->place_count & -h->place_count;
    if (!(h->places = calloc(h->place_count, 4))) abort();
    for (u32 i = 0; i < h->variable_count; i++) *place_of(h, h->variables[i].address) = i + 1;
  }
  u32 *place = place_of(h, address);
  if (*place || !make) return *place;
  GROW(h->variables, h->variable_count, h->variable_room)
  struct variable v = {.address = address};
  h->variables[h->variable_count++] = v;
  return *place = h->variable_count;
}
static void learn(struct core *c, const struct warp *w, u32 which, u32 upto) {
  struct checked *k = c->checked; struct history *h = history_of(c);
  struct knowledge *last = k->head ? &h->known[k->head - 1] : NULL;
  if (last && last->variable == which && last->upto == upto && last->warp == w->index) return;
  GROW(h->known, h->known_count, h->known_room)
  h->known[h->known_count++] = (struct knowledge){which, upto, w->index, h->time, k->head, 0};
  k->head = h->known_count;
}
// An atomic or another strong access: who reads comes to know what was released there, who writes releases.
static void strong(struct core *c, const struct warp *w, const u64 *a, u32 m, u32 does, u32 reads) {
  struct checked *k = c->checked; struct history *h = history_of(c);
  if (does & RELEASES) fence_of(c, w, !(does & NEAR), m);
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) {
    u32 t = thread_of(w, i), releases = does & WRITES && (TALKS || k->fenced[t] || k->published || k->warp_published[0][w->index]);
    u32 which = (releases || (reads && h->variable_count)) ? variable_at(h, a[i], releases) : 0;
    if (!which) continue;
    struct variable *v = &h->variables[which - 1];
    if (reads && v->count) learn(c, w, which, v->count);
    if (!releases) continue;
    struct release r = {++h->time, t, block_number(c), {k->fenced[t], k->wide[t], h->time}, {0, 0, k->since}, {0, 0, k->warp_since[w->index]}, k->head};
    for (int s = 0; s < 2; s++) {
      r.all[s] = r.own[s] > k->since ? k->since : k->published;
      r.warp[s] = r.own[s] > k->warp_since[w->index] ? k->warp_since[w->index] : k->warp_published[s][w->index];
    }
    GROW(v->releases, v->count, v->room)
    v->releases[v->count++] = r;
  }
}

// A barrier in shared memory: who comes there releases; who has waited knows what was released before the phase closed.
static void counts_on(struct core *c, const struct warp *w, u64 at, u32 lane, u32 closes, u32 comes, u32 over) {
  u64 a[32]; a[lane] = at;
  if (comes) strong(c, w, a, 1u << lane, WRITES | STRONG | RELEASES, 0);
  struct history *h = history_of(c); u32 which = variable_at(h, at, 1);
  if (closes) h->variables[which - 1].closed = h->variables[which - 1].count;
  if (over) learn(c, w, which, h->variables[which - 1].closed);
}

// ---- the question ----

static int covers(const struct release *r, u64 stamp, u32 wide) {
  u32 t = THREAD(stamp), time = TIME(stamp);
  return (t == r->thread && time < r->own[wide]) || time < r->all[wide] || (t / 32 == r->thread / 32 && time < r->warp[wide]);
}
// Whether a warp of this block knows of the access, by however many hands: each thing is asked once.
// except: but from this variable.
static int knows(struct core *c, const struct warp *w, u64 stamp, u32 block, u32 wide, u64 except) {
  struct checked *k = c->checked; struct history *h = history_of(c);
  u32 query = ++h->query, waiting = 0;
  for (u32 head = k->head, own = 1; head || waiting; own = 0) {
    if (!head) head = h->heads[--waiting];
    for (; head && h->known[head - 1].query != query; head = h->known[head - 1].before) {
      struct knowledge *n = &h->known[head - 1];
      if (own && n->warp != w->index && n->time >= k->since) continue;  // another warp read it, and has not met this one since
      n->query = query;
      struct variable *v = &h->variables[n->variable - 1];
      if (v->query != query) {  // releases are in the order of time: only later ones can tell
        u32 first = 0, end = v->count;
        while (first < end) { u32 middle = (first + end) / 2; if (v->releases[middle].time <= TIME(stamp)) first = middle + 1; else end = middle; }
        v->asked = first; v->query = query;
      }
      for (; v->asked < n->upto; v->asked++) {
        struct release *r = &v->releases[v->asked];
        if (r->block == block && v->address != except && covers(r, stamp, wide)) return 1;
        if (!r->knew || h->known[r->knew - 1].query == query || (waiting && h->heads[waiting - 1] == r->knew)) continue;
        GROW(h->heads, waiting, h->head_room)
        h->heads[waiting++] = r->knew;
      }
    }
    head = 0;
  }
  return 0;
}
static int ordered(struct core *c, const struct warp *w, u32 lane, const struct ground *g, u64 stamp) {
  struct checked *k = c->checked; u32 time = TIME(stamp), t = THREAD(stamp);
  if (!is_own(c, stamp)) return k->head && knows(c, w, stamp, turn_at(history_of(c), time), 1, 0);
  if (time < k->since || t == thread_of(w, lane)) return 1;
  if (t / 32 == w->index) { if (time < k->warp_since[w->index] || time < k->met[w->index][lane][t % 32]) return 1; }
  else if (time < k->arrived[w->index][t / 32]) return 1;
  return k->head && knows(c, w, stamp, block_number(c), 0, 0);
}
// A volatile value of another block that would have been announced, had there been a fence before the announcement. Who
// only asks whether it is there needs none.
static int lacks_fence(struct core *c, const struct warp *w, u32 site, u64 address, u64 stamp) {
  return TALKS && c->checked->head && STRENGTH(stamp) == 1 && !is_own(c, stamp) && !history_of(c)->asks[site] &&
         knows(c, w, stamp, turn_at(history_of(c), TIME(stamp)), 2, address);
}

// ---- barriers of the block ----

static u32 full(u32 warp) { u32 n = THREADS - 32 * warp; return n < 32 ? (1u << n) - 1 : ~0u; }

static void comes(struct core *c, const struct warp *w, u32 number, u32 site, u32 waits) {
  c->checked->came[number & 15][w->index].who = w; c->checked->came[number & 15][w->index].site = site;
  c->checked->came[number & 15][w->index].when = ++history_of(c)->time; c->checked->came[number & 15][w->index].waits = waits;
}
// Who is here already counts on another number of threads at this barrier.
static void other_count(struct core *c, const struct warp *w, u32 number, u32 count, u32 site) {
  u32 i = 0; while (i < WARPS - 1 && !c->checked->came[number][i].who) i++;
  u32 expected = c->expected[number];
  if ((count ? count : 32 * WARPS) == (expected ? expected : 32 * WARPS)) return;
  record(c, w, COUNTS, site, 0, count, expected, number, STAMP(now(c), c->checked->came[number][i].site, 0, 32 * i));
}
// A barrier of the whole block: have all threads come, and to the same one?
static void judge_meeting(struct core *c, u32 number) {
  struct checked *k = c->checked; const struct warp *first = NULL;
  for (u32 i = 0; i < WARPS; i++) {
    const struct warp *w = k->came[number][i].who;
    if (!w) continue;
    if (!first) first = w;
    else if (LINE[w->site] != LINE[first->site])
      record(c, w, APART, w->site, __builtin_ctz(w->here), 0, 0, 0, STAMP(now(c), first->site, 0, thread_of(first, __builtin_ctz(first->here))));
  }
  for (u32 i = 0; first && i < WARPS; i++) {
    u32 gone = full(i) & ~(k->came[number][i].who ? k->came[number][i].who->here : 0);
    if (gone) record(c, first, MISSING, first->site, __builtin_ctz(first->here), 0, 0, 0,
                     STAMP(now(c), first->site, 0, i * 32 + __builtin_ctz(gone)));
  }
}
// Who waits at a barrier comes to know what all that came there did before.
static void warps_meet(struct core *c, u32 number, u32 all) {
  struct checked *k = c->checked;
  if (all) { judge_meeting(c, number); block_meets(c); }
  else for (u32 i = 0; i < WARPS; i++) for (u32 j = 0; j < WARPS; j++)
    if (k->came[number][i].waits && k->came[number][j].who) k->arrived[i][j] = k->came[number][j].when;
  memset(k->came[number], 0, sizeof k->came[number]);
}

// ---- the launch, and a core for each block that is resident ----

static int check_begins(struct launch *launch) { return (launch->history = calloc(1, sizeof(struct history))) != NULL; }
static void check_ends(struct launch *launch) {
  struct history *h = (struct history *)launch->history; struct findings *f = (struct findings *)launch->findings;
  if (!h) return;
  u64 turns = h->turn_count < f->turn_room ? h->turn_count : f->turn_room;
  if (turns) memcpy(f->turns, h->turns, turns * sizeof *f->turns);
  for (u32 i = 0; i < h->variable_count; i++) free(h->variables[i].releases);
  free(h->turns); free(h->variables); free(h->known); free(h->heads); free(h->places); free(h);
}
static void free_check(struct core *c) {
  if (c->checked) { free(c->checked->shared.wrote); free(c->checked->local.written); free(c->checked->filled); free(c->checked->owner); free(c->checked->proof); }
  free(c->checked);
}
static int check_core(struct core *c) {
  struct checked *k = c->checked = calloc(1, sizeof *k);
  u64 cells = c->launch->shared_bytes / GRAIN + 1, *stamps = calloc(3 * cells, 8);
  u8 *written = calloc(WARPS * 32ull * LOCAL + 1, 1);
  if (k) k->shared = (struct ground){(u64)c->shared, c->launch->shared_bytes, stamps, stamps + cells, stamps + 2 * cells, NULL};
  if (k) k->local = (struct ground){(u64)c->local, WARPS * 32ull * LOCAL, NULL, NULL, NULL, written};
  if (k) { k->filled = calloc(c->launch->shared_bytes + 1, 1); k->owner = calloc(c->launch->shared_bytes + 1, 4); k->proof = calloc(SLOTS + 1, sizeof *k->proof); }
  return k && stamps && written && k->filled && k->owner && k->proof;
}
