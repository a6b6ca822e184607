// Barriers with a number and a count of threads: bar.sync 1, 64 and bar.arrive. Included only where a kernel has them;
// schedule.h asks STILL_WAITS before it lets a warp run, and calls the others when it has. So do kernels with loops
// that wait, as their warps do not all arrive in one pass.
#define NAMED_BARRIERS

// count 0: all threads of the block
INLINE void wait_at(struct warp *w, u32 number, u32 count, u32 site) {
  w->barrier = number & 15; w->expects = count; w->site = site; }
static void opens(struct core *c, u32 i) {
  c->arrived[i] = 0; c->turn[i]++; count_votes(c, i); warps_meet(c, i, !c->expected[i]); }
// A barrier that counts opens with the arrival that completes it: who comes later waits for its next turn.
static void arrives(struct core *c, struct warp *w, u32 number, u32 count, u32 threads, u32 site, u32 waits) {
  number &= 15;
  if (!c->arrived[number]) c->expected[number] = count;
  else if (c->expected[number] != count) other_count(c, w, number, count, site);
  c->arrived[number] += threads;
  comes(c, w, number, site, waits);
  if (c->expected[number] && c->arrived[number] >= c->expected[number]) opens(c, number);
}

// A warp waits until the barrier's turn moves on.
static int still_waits(struct core *c, const struct warp *w) {
  int waits = w->at_barrier && c->turn[w->barrier] == w->turn;
  c->ran += !waits;
  return waits;
}
static void stopped_at(struct core *c, struct warp *w) {
  w->at_barrier = 1; w->turn = c->turn[w->barrier];
  c->waits = *w;
  arrives(c, w, w->barrier, w->expects, 32, w->site, 1);  // a barrier counts whole warps, the last one too
}
// After every warp had its chance: open the barriers that are complete. Threads that ended count only where all are asked.
static void let_on(struct core *c) {
  int opened = 0;
  for (u32 i = 0; i < 16; i++) {
    u32 count = c->arrived[i] + (c->expected[i] ? 0 : c->ended), needed = c->expected[i] ? c->expected[i] : 32 * WARPS;
    if (!c->arrived[i] || count < needed) continue;
    opens(c, i); opened = 1;
  }
  if (!opened && !c->ran) fault(c, &c->waits, STUCK, c->waits.site, c->waits.barrier, c->waits.expects, 0, 0);
  c->ran = 0;
}
