// What one warp does, step by step: only in kernels that are stepped through. A step is a run of instructions of one
// source line by the same lanes. Entries of four words, and the lanes' words after them, follow each other in a record
// that Python gives and reads (record.py is the mirror).
#define ALWAYS_SPREAD 1  // one half of the C tells, so all warps run in it

struct record {
  u64 block, warp, most, room;    // whom to follow, the most steps, the most words
  u64 steps, used, full, shared;  // full: there was more; shared: where the block's shared memory begins
  u64 step, last, held;           // the entry of the step under way, its last instruction; held: counted for the next one
  u64 words[];
};
enum { STEP, ACCESS, VALUES, NOTE, PARTING };

#define RECORD(call) if (UNLIKELY(c->record != 0)) call

static u64 *entry(struct record *r, u64 kind, u64 what, u64 mask, u64 words) {
  if (r->full || r->used + 4 + words > r->room) { r->full = 1; return 0; }
  u64 *e = r->words + r->used; r->used += 4 + words;
  e[0] = kind; e[1] = what; e[2] = mask; e[3] = words;
  return e;
}
// id: the place of the instruction in the program; joins: it belongs to whatever line is under way
static void step(struct record *r, u64 id, u64 line, int joins, u64 mask) {
  u64 *now = r->words + r->step;
  int here = r->steps && now[2] == mask;
  if (r->full) return;
  if (joins) { if (here) now[3]++; else r->held++; return; }
  if (here && now[1] == line && id > r->last) now[3] += 1 + r->held;  // not again: that is the next turn of a loop
  else {
    if (r->steps == r->most) { r->full = 1; return; }
    u64 at = r->used, *e = entry(r, STEP, line, mask, 0);
    if (!e) return;
    e[3] = 1 + r->held; r->step = at; r->steps++;
  }
  r->held = 0; r->last = id;
}
static void record64(struct record *r, u64 kind, u64 what, const L *lanes, u32 m) {
  u64 *e = entry(r, kind, what, m, __builtin_popcount(m)), n = 4;
  if (e) for (u32 i = 0; i < 32; i++) if (m >> i & 1) e[n++] = ((const u64 *)lanes)[i];
}
static void record32(struct record *r, u64 kind, u64 what, const R *lanes, u32 m) {
  u64 *e = entry(r, kind, what, m, __builtin_popcount(m)), n = 4;
  if (e) for (u32 i = 0; i < 32; i++) if (m >> i & 1) e[n++] = ((const u32 *)lanes)[i];
}

#define FOLLOW
static void follow(struct core *c, u64 warp) {
  struct record *r = (struct record *)c->launch->counts; const u32 *grid = c->launch->grid;
  u64 block = c->block[0] + grid[0] * (c->block[1] + (u64)grid[1] * c->block[2]);
  c->record = block == r->block && warp == r->warp ? r : 0;
  if (c->record) r->shared = (u64)c->shared;
}
