// Shuffles, votes, matches and reductions of a warp: isa/warp.py lists them. m: the lanes that take part; *p: a mask.

#define X(x) ((const u32 *)(x))
#define EACH_LANE for (u32 i = 0; i < 32; i++) if (m >> i & 1)

// In a checked kernel, the lanes whose last shuffle read a lane that their mask does not name: what comes is undefined, so
// every order but the first makes something else of it. `check.py` tells whether the results depend on it.
#ifdef GRAIN
static u32 strangers[32], strange;
#define BEGIN_SHUFFLE strange = 0;
#define READS_LANE(i, j) if (!(X(members)[i] >> (j) & 1)) { strange |= 1u << i; strangers[i] = j; }
static void tell_strangers(struct core *c, const struct warp *w, u32 site, R *d) {
  for (u32 i = 0; i < 32; i++) if (strange >> i & 1) {
    record(c, w, STRANGER, site, i, strangers[i], 0, 0, STAMP(0, site, 0, thread_of(w, strangers[i])));
    if (c->launch->order) ((u32 *)d)[i] = ~0u;
  }
}
#else
#define BEGIN_SHUFFLE
#define READS_LANE(i, j)
#endif

// Lane i reads lane j, if j is within bounds set by c: a segment mask in bits 8 to 12, a clamp in bits 0 to 4.
#define SHUFFLE(name, source, inside)                                                                         \
  static void name(R *d, u32 *p, const R *a, const R *b_, const R *c_, const R *members, u32 m) {              \
    u32 t[32], ok = 0; BEGIN_SHUFFLE                                                                           \
    EACH_LANE {                                                                                                \
      u32 b = X(b_)[i] & 31, c = X(c_)[i], segment = c >> 8 & 31, clamp = c & 31;                              \
      u32 least = i & segment, most = least | (clamp & ~segment); (void)least;                                 \
      int j = source; u32 fits = inside;                                                                       \
      ok |= fits << i; t[i] = X(a)[fits ? j & 31 : (int)i]; if (fits) { READS_LANE(i, j & 31) }                \
    }                                                                                                          \
    EACH_LANE ((u32 *)d)[i] = t[i];                                                                            \
    *p = ok; }
SHUFFLE(shuffle_up, (int)i - (int)b, j >= (int)most)
SHUFFLE(shuffle_down, (int)(i + b), j <= (int)most)
SHUFFLE(shuffle_bfly, (int)(i ^ b), j <= (int)most)
SHUFFLE(shuffle_idx, (int)(least | (b & ~segment)), j <= (int)most)

INLINE u32 member(const R *members, u32 i, u32 m) { return X(members)[i] & m; }
static void vote_any(u32 *p, const u32 *q, const R *members, u32 m) {
  u32 r = 0; EACH_LANE r |= (u32)((*q & member(members, i, m)) != 0) << i; *p = r; }
static void vote_all(u32 *p, const u32 *q, const R *members, u32 m) {
  u32 r = 0; EACH_LANE r |= (u32)((~*q & member(members, i, m)) == 0) << i; *p = r; }
static void vote_uni(u32 *p, const u32 *q, const R *members, u32 m) {
  u32 r = 0; EACH_LANE { u32 all = member(members, i, m), yes = *q & all; r |= (u32)(yes == 0 || yes == all) << i; } *p = r; }
static void vote_ballot(R *d, const u32 *q, const R *members, u32 m) {
  EACH_LANE ((u32 *)d)[i] = *q & member(members, i, m); }

#define MATCH(bits, T)                                                                                         \
  static void match_any##bits(R *d, const T *a, const R *members, u32 m) {                                     \
    u32 t[32]; const u##bits *v = (const u##bits *)a;                                                          \
    EACH_LANE { u32 r = 0; for (u32 j = 0; j < 32; j++) if (member(members, i, m) >> j & 1) r |= (u32)(v[j] == v[i]) << j; \
                t[i] = r; }                                                                                    \
    EACH_LANE ((u32 *)d)[i] = t[i]; }                                                                          \
  static void match_all##bits(R *d, u32 *p, const T *a, const R *members, u32 m) {                             \
    u32 t[32], ok = 0;                                                                                         \
    R any; match_any##bits(&any, a, members, m);                                                               \
    EACH_LANE { u32 all = X(&any)[i] == member(members, i, m); ok |= all << i; t[i] = all ? X(&any)[i] : 0; }  \
    EACH_LANE ((u32 *)d)[i] = t[i];                                                                            \
    *p = ok; }
MATCH(32, R) MATCH(64, L)

// movmatrix: lane i holds two neighbours of row i / 4 of an 8 x 8 matrix, and gets two of the transposed one.
static void transpose_8x8(R *d, const R *a, u32 m) {
  u32 t[32];
  EACH_LANE { t[i] = 0; for (u32 e = 0; e < 2; e++) {
    u32 row = 2 * (i % 4) + e, column = i / 4; t[i] |= (X(a)[4 * row + column / 2] >> 16 * (column % 2) & 0xffff) << 16 * e; } }
  EACH_LANE ((u32 *)d)[i] = t[i]; }

static void active_mask(R *d, u32 m) { EACH_LANE ((u32 *)d)[i] = m; }
static void elect(R *d, u32 *p, const R *members, u32 m) {
  u32 ok = 0;
  EACH_LANE { u32 leader = __builtin_ctz(member(members, i, m)); ((u32 *)d)[i] = leader; ok |= (u32)(leader == i) << i; }
  *p = ok; }

// isspacep: which space a generic address belongs to. What is neither shared nor local is global.
#define in_shared(p, a, m) find_space(p, a, (u64)c->shared, 0, c->launch->shared_bytes)
#define in_local(p, a, m) find_space(p, a, (u64)c->local, w->index * 32ull * LOCAL, 32ull * LOCAL)
#define in_global(p, a, m) find_space(p, a, (u64)c->shared, 0, c->launch->shared_bytes); \
  { u32 other; find_space(&other, a, (u64)c->local, 0, WARPS * 32ull * LOCAL); *(p) = ~(*(p) | other); }
static void find_space(u32 *p, const L *a, u64 first, u64 skip, u64 bytes) {
  *p = 0; for (u32 i = 0; i < 32; i++) *p |= (u32)(((const u64 *)a)[i] - first - skip < bytes) << i; }

#define REDUCE(name, t, expression)                                                                            \
  static void name(R *d, const R *a, const R *members, u32 m) {                                                \
    u32 out[32];                                                                                               \
    EACH_LANE { t x = (t)X(a)[i]; for (u32 j = 0; j < 32; j++) if (j != i && member(members, i, m) >> j & 1) { \
                  t y = (t)X(a)[j]; x = expression; } out[i] = (u32)x; }                                       \
    EACH_LANE ((u32 *)d)[i] = out[i]; }
REDUCE(reduce_add_s32, u32, x + y) REDUCE(reduce_add_u32, u32, x + y)
REDUCE(reduce_min_s32, s32, x < y ? x : y) REDUCE(reduce_min_u32, u32, x < y ? x : y)
REDUCE(reduce_max_s32, s32, x > y ? x : y) REDUCE(reduce_max_u32, u32, x > y ? x : y)
REDUCE(reduce_and_b32, u32, x & y) REDUCE(reduce_or_b32, u32, x | y) REDUCE(reduce_xor_b32, u32, x ^ y)

// A lane that is named but neither here nor gone would be waited for in vain.
static void check_members(struct core *c, const struct warp *w, u32 site, const R *members, u32 m, u32 elsewhere) {
  EACH_LANE {
    if ((X(members)[i] & ~m || ~X(members)[i] >> i & 1) && is_absent(c, w, site, i, X(members)[i] & ~m)) break;
    if (X(members)[i] & elsewhere) fault(c, w, ABSENT, site, X(members)[i] & elsewhere, 0, 0, i);
  }
}
#undef X
