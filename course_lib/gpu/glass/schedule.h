// One core's share of the grid: take a block, run its warps in turn until each is done or waits at the barrier. A block
// whose warps wait for other blocks (waiting.py) is put aside, and comes back until they have done what it waits for.

#ifndef NAMED_BARRIERS  // then one barrier is enough: all warps arrive, all go on
#define still_waits(c, w) 0
#define stopped_at(c, w) comes(c, w, 0, (w)->site, 1)
#define let_on(c) (count_votes(c, 0), warps_meet(c, 0, 1))
#endif

#ifndef FOLLOW  // then nobody is
#define follow(c, warp) ((void)0)
#endif
#ifndef ALWAYS_SPREAD  // then only those with less than 32 threads, until they part
#define ALWAYS_SPREAD 0
#endif

struct saved { struct warp warp; struct fast_state fast; struct spread_state spread; };
#define PATIENCE 4       // turns a block in which none moved on, before one more begins
#define STANDSTILL 4096  // and as many before lanes that wait for others of their warp to meet them go on alone

// The i-th of n blocks or warps to run: in order, or in one of many other orders that are as good.
static u64 mixed(const struct core *c, u64 i, u64 n) {
  u64 order = c->launch->order, step = n % 7919 ? 7919 : 7907;
  return order == 0 ? i : order == 1 ? n - 1 - i : (i * step + order) % n;
}

static void begin_block(struct core *c, u64 number) {
  const u32 *grid = c->launch->grid;
  number = mixed(c, number, (u64)grid[0] * grid[1] * grid[2]);
  c->block[0] = number % grid[0]; c->block[1] = number / grid[0] % grid[1]; c->block[2] = number / grid[0] / grid[1];
  memset(c->shared, 0xff, c->launch->shared_bytes);  // NaN and -1: what nobody wrote is never a plausible number
  block_begins(c);
  for (u32 i = 0; i < WARPS; i++) {
    u32 threads = THREADS - 32 * i;
    struct warp start = {.index = i, .spread = ALWAYS_SPREAD || threads < 32, .until = -1};
    c->warps[i].warp = start;
    begin_registers(&c->warps[i].spread);  // those that are read before they are written, like memory
    if (start.spread) c->warps[i].spread.pending[0] = threads < 32 ? (1u << threads) - 1 : ~0u;
  }
  c->finished = c->ended = c->coming = 0;
#ifdef NAMED_BARRIERS
  memset(c->arrived, 0, sizeof c->arrived); c->ran = 0;
#endif
}

INLINE int run_warp(struct core *c, struct saved *s) {
  struct warp *w = &s->warp;
  if (w->until >= 0 && !w->spread) {  // its lanes had parted, and some of them wait
    int status = spread(c, w, &s->spread, w->until);
    if (status != MET) return status;
    w->until = -1;
  }
  return w->spread ? spread(c, w, &s->spread, -1) : fast(c, w, &s->fast, &s->spread);
}

// DONE; or, once a warp goes round a loop that waits, AT_BARRIER if others moved on meanwhile, WAITS if none did. Where
// that loop has a barrier in it, all who come to it go round: only a warp that ends has moved on. ROUNDS is 0 in a kernel
// without such loops, which then pays nothing for them.
static __attribute__((noinline)) int run_block(struct core *c) {
  int waits = 0, moved = 0, circles = 0, ended = 0;
  do {
    for (u32 turn = 0; turn < WARPS; turn++) {
      u32 i = mixed(c, turn, WARPS);
      struct warp *w = &c->warps[i].warp;
      if (c->finished >> i & 1 || still_waits(c, w)) continue;
      follow(c, i);
      int status = run_warp(c, &c->warps[i]);
      if (ROUNDS && status == WAITS) { waits = 1; circles |= w->stops >= ROUNDS; w->stops = 0; continue; }
      moved = 1;
      if (status == DONE) { c->finished |= (u64)1 << i; c->ended += 32; ended = 1; }
      else { if (ROUNDS) w->stops++; stopped_at(c, w); }
    }
    let_on(c);
    if (c->ended == 32 * WARPS) return DONE;
  } while (!waits);  // a finished warp counts as arrived
  return ended || (moved && !circles) ? AT_BARRIER : WAITS;
}
static void part_for_good(struct core *c) {
  for (u32 i = 0; i < WARPS; i++) {
    struct warp *w = &c->warps[i].warp;
    if (w->until >= 0 && !w->spread) { w->spread = 1; w->until = -1; }
  }
}
static int guarded(struct core *c) { turn_begins(c); return setjmp(c->escape) ? DONE : run_block(c); }

static void free_core(struct core *c) { if (c) { free(c->warps); free(c->shared); free(c->queues); free(c->deliveries); free_check(c); } free(c); }

static struct core *new_core(struct launch *launch, const R *tid, struct tallies *tallies) {
  u64 shared = (launch->shared_bytes + 255) / 256 * 256, local = (u64)WARPS * 32 * LOCAL;
  struct core *c = calloc(1, sizeof *c);
  if (!c) return c;
  c->launch = launch; c->tallies = tallies;
  c->tid_x = tid; c->tid_y = tid + WARPS; c->tid_z = tid + 2 * WARPS;
  c->warps = aligned_alloc(64, (WARPS * sizeof *c->warps + 63) / 64 * 64);
  c->shared = aligned_alloc(256, (shared + local + 511) / 256 * 256);
  c->local = c->shared + shared;
  if (!c->warps || !c->shared || !check_core(c)) { free_core(c); return 0; }
  memset(c->local, 0xff, local);
  memset(c->warps, 0, WARPS * sizeof *c->warps);  // a block leaves no lane pending: this is enough for all of them
  return c;
}

// Blocks of this core until none is left: one at a time, or as many as wait for one another.
static int share(struct launch *launch, const R *tid, struct tallies *tallies) {
  struct core **here = 0, *spare = 0;
  u64 blocks = (u64)launch->grid[0] * launch->grid[1] * launch->grid[2], count = 0, room = 0, at = 0, idle = 0, number;
  int enough = 1;
  while (!launch->stop) {
    if (idle >= PATIENCE * count && launch->next_block < blocks &&
        (number = __atomic_fetch_add(&launch->next_block, 1, __ATOMIC_RELAXED)) < blocks) {
      if (count == room) {
        struct core **more = realloc(here, (room = 2 * room + 1) * sizeof *here);
        if (!(enough = more != 0)) break;
        here = more;
      }
      here[count] = spare ? spare : new_core(launch, tid, tallies);
      spare = 0;
      if (!(enough = here[count] != 0)) break;
      begin_block(here[count++], number);
      idle = 0;
    }
    if (!count) break;
    if (idle >= STANDSTILL + PATIENCE * count) { for (u64 i = 0; i < count; i++) part_for_good(here[i]); idle = 0; }
    at = (at + 1) % count;
    int status = guarded(here[at]);
    idle = status == WAITS ? idle + 1 : 0;
    if (status == DONE) { free_core(spare); spare = here[at]; here[at] = here[--count]; }
  }
  for (u32 i = 0; count && i < WARPS; i++)  // stopped while all of them waited
    if (!(here[0]->finished >> i & 1) && here[0]->warps[i].warp.line) tell_stop(here[0], &here[0]->warps[i].warp, here[0]->warps[i].warp.line, 0);
  while (count) free_core(here[--count]);
  free_core(spare); free(here);
  return enough;
}

__attribute__((visibility("default"))) void glass_run(struct launch *launch) {
  R *tid = aligned_alloc(64, 3 * WARPS * sizeof *tid);
  u64 watched = 8;
#ifdef SITES
  watched = sizeof(struct watch);
#endif
  u64 *tallies = calloc(1, watched);
  for (u32 i = 0; tid && i < WARPS * 32; i++) {
    ((u32 *)tid)[i] = i % BX; ((u32 *)(tid + WARPS))[i] = i / BX % BY; ((u32 *)(tid + 2 * WARPS))[i] = i / (BX * BY);
  }
  if (!tid || !tallies || !check_begins(launch) || !share(launch, tid, (struct tallies *)tallies)) { launch->fault.kind = ~0u; launch->stop = 1; }
#ifdef SITES
  if (tallies) hand_over(launch, (struct tallies *)tallies);
#endif
  check_ends(launch); free(tallies); free(tid);
}
