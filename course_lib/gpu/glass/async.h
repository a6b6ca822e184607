// cp.async: copies that have begun, and arrive in shared memory only when their thread waits for them: what a kernel
// reads before that is what was there. A queue for each warp, of the thread that runs its block.

struct copying { u64 to, from; u32 size, given, lane, group, site; };
struct queue { u64 block; u32 used, begun[32]; struct copying copies[2048]; };  // begun: groups a lane has closed

static struct queue *queue_of(struct core *c, struct warp *w) {
  if (!c->queues) c->queues = calloc(WARPS, sizeof(struct queue));
  struct queue *q = (struct queue *)c->queues + w->index;
  const u32 *grid = c->launch->grid;
  u64 block = 1 + c->block[0] + (u64)grid[0] * (c->block[1] + (u64)grid[1] * c->block[2]);
  if (q->block != block) { memset(q, 0, offsetof(struct queue, copies)); q->block = block; }  // another block's are lost
  return q;
}
static void arrive(struct core *c, const struct warp *w, struct queue *q, u32 lanes, const u32 *pending, int all) {
  u32 kept = 0;
  for (u32 i = 0; i < q->used; i++) {
    struct copying p = q->copies[i];
    int due = lanes >> p.lane & 1 && (all || p.group + pending[p.lane] < q->begun[p.lane]);
    if (!due) { q->copies[kept++] = p; continue; }
    memcpy((void *)p.to, (const void *)p.from, p.given);
    memset((u8 *)p.to + p.given, 0, p.size - p.given);
    copy_arrives(c, w, p.site, p.lane, p.to, p.size);
  }
  q->used = kept;
}
static void copy_async(struct core *c, struct warp *w, u32 site, const L *to, const L *from, u32 size, const R *given, u32 m) {
  struct queue *q = queue_of(c, w); const u32 none[32] = {0};
  if (q->used + 32 > 2048) arrive(c, w, q, ~0u, none, 1);  // a GPU's queue is finite too
  m &= ~lost(to);
  for (u32 i = 0; i < 32; i++) if (m >> i & 1) {
    u32 bytes = ((const u32 *)given)[i];
    struct copying p = {((const u64 *)to)[i], ((const u64 *)from)[i], size, bytes < size ? bytes : size, i, q->begun[i], site};
    q->copies[q->used++] = p;
  }
}
static void close_group(struct core *c, struct warp *w, u32 m) {
  struct queue *q = queue_of(c, w); for (u32 i = 0; i < 32; i++) q->begun[i] += m >> i & 1; }
static void wait_groups(struct core *c, struct warp *w, const R *pending, u32 m) { arrive(c, w, queue_of(c, w), m, (const u32 *)pending, 0); }
static void wait_all(struct core *c, struct warp *w, u32 m) { R none = splat32(0); arrive(c, w, queue_of(c, w), m, (const u32 *)&none, 1); }
