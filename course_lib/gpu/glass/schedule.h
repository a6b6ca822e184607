// One core's share of the grid: take a block, run its warps in turn until each is done or waits at the barrier.

#ifndef NAMED_BARRIERS  // then one barrier is enough: all warps arrive, all go on
#define still_waits(c, w) 0
#define stopped_at(c, w)
#define let_on(c, ended)
#endif

struct saved { struct warp warp; struct fast_state fast; struct spread_state spread; };

static void run_block(struct core *c, struct saved *warps, u64 number) {
  const u32 *grid = c->launch->grid;
  c->block[0] = number % grid[0]; c->block[1] = number / grid[0] % grid[1]; c->block[2] = number / grid[0] / grid[1];
  memset(c->shared, 0xff, c->launch->shared_bytes);  // NaN and -1: what nobody wrote is never a plausible number
  for (u32 i = 0; i < WARPS; i++) {
    u32 threads = THREADS - 32 * i;
    struct warp start = {i, threads < 32, 0, 0, 0};
    warps[i].warp = start;
    memset(warps[i].spread.pending, 0, sizeof warps[i].spread.pending);
    memset(warps[i].spread.parked, 0, sizeof warps[i].spread.parked);
    if (start.spread) warps[i].spread.pending[0] = (1u << threads) - 1;
  }
  u64 waiting, ended = 0, finished[(WARPS + 63) / 64] = {0};
#ifdef NAMED_BARRIERS
  memset(c->arrived, 0, sizeof c->arrived); c->ran = 0;
#endif
  do {
    waiting = 0;
    for (u32 i = 0; i < WARPS; i++) {
      if (finished[i / 64] >> (i % 64) & 1) continue;
      struct warp *w = &warps[i].warp;
      if (still_waits(c, w)) { waiting++; continue; }
      int status = w->spread ? spread(c, w, &warps[i].spread, -1) : fast(c, w, &warps[i].fast, &warps[i].spread);
      if (status == DONE) { finished[i / 64] |= (u64)1 << (i % 64); ended += 32; }
      else { waiting++; stopped_at(c, w); }
    }
    let_on(c, ended);
    c->yes = c->yes_so_far; c->asked = c->asked_so_far; c->yes_so_far = c->asked_so_far = 0;
  } while (waiting);  // a finished warp counts as arrived
}

__attribute__((visibility("default"))) void glass_run(struct launch *launch) {
  struct core *c = calloc(1, sizeof *c);
  struct saved *warps = aligned_alloc(64, (WARPS * sizeof *warps + 63) / 64 * 64);
  R *tid = aligned_alloc(64, 3 * WARPS * sizeof *tid);
  u8 *memory = aligned_alloc(256, (launch->shared_bytes + 255) / 256 * 256 + (u64)WARPS * 32 * LOCAL + 256);
  u64 watched = 8;
#ifdef SITES
  watched = sizeof(struct watch);
#endif
  u64 *tallies = calloc(1, watched);
  if (c && warps && tid && memory && tallies) {
    c->tallies = (struct tallies *)tallies;
    for (u32 i = 0; i < WARPS * 32; i++) {
      ((u32 *)tid)[i] = i % BX; ((u32 *)(tid + WARPS))[i] = i / BX % BY; ((u32 *)(tid + 2 * WARPS))[i] = i / (BX * BY);
    }
    c->launch = launch; c->tid_x = tid; c->tid_y = tid + WARPS; c->tid_z = tid + 2 * WARPS;
    c->shared = memory; c->local = memory + (launch->shared_bytes + 255) / 256 * 256;
    memset(c->local, 0xff, (u64)WARPS * 32 * LOCAL);
    u64 blocks = (u64)launch->grid[0] * launch->grid[1] * launch->grid[2];
    if (!setjmp(c->escape))
      for (u64 b; !launch->stop && (b = __atomic_fetch_add(&launch->next_block, 1, __ATOMIC_RELAXED)) < blocks;)
        run_block(c, warps, b);
#ifdef SITES
    hand_over(c);
#endif
  } else launch->fault.kind = ~0u;
  if (c) free(c->queues);
  free(tallies); free(memory); free(tid); free(warps); free(c);
}
