// Products of small matrices by a whole warp: mma.sync, wmma. Included only where a kernel has them; isa/tensor.py says
// which lane holds what. All values are exact in f64, where the products are summed; a result is rounded once at its end.
// (A GPU's tensor cores cut the digits of partial sums, in an order of their own: the last bits may differ.)

enum { F16, BF16, TF32, F32, F64, E4M3, E5M2, S8, U8, S4, U4, B1, S32 };
INLINE int bits_in(int type) {
  return type == F16 || type == BF16 ? 16 : type == S8 || type == U8 || type == E4M3 || type == E5M2 ? 8
       : type == S4 || type == U4 ? 4 : type == B1 ? 1 : 32; }
INLINE int packed_in(int type) { return 32 / bits_in(type); }
INLINE f64 element(u32 word, int e, int type) {
  return type == F16 ? as_f16(word >> 16 * e) : type == BF16 ? as_bf16(word >> 16 * e)
       : type == E4M3 ? as_e4m3(word >> 8 * e & 255) : type == E5M2 ? as_e5m2(word >> 8 * e & 255)
       : type == S4 ? (f64)((s32)(word << (28 - 4 * e)) >> 28) : type == U4 ? (f64)(word >> 4 * e & 15)
       : type == B1 ? (f64)(word >> e & 1)
       : type == TF32 ? (f64)as_f32(word & 0xffffe000) : type == F32 ? (f64)as_f32(word)
       : (f64)(type == S8 ? (s8)(word >> 8 * e) : type == U8 ? (u8)(word >> 8 * e) : (s32)word);
}
INLINE u32 bits_of(f64 x, int type, int limited) {
  if (type == F16) return bits_f16(x);
  if (type == F32) return bits_f32((f32)x);
  if (limited) x = x < INT32_MIN ? INT32_MIN : x > INT32_MAX ? INT32_MAX : x;
  return (u32)(s64)x;
}

// Where element (row, column) of a fragment is: its lane, and its number within the lane.
// mma: four lanes share a row of A and C, or a column of B, each with one word; more words follow below, then aside.
enum { OF_A, OF_B, OF_C };
struct place { u8 lane, number; };
INLINE struct place mma_place(int which, int row, int column, int rows, int per) {
  if (which == OF_B) { int t = row; row = column; column = t; }
  if (which == OF_C) per = 2;  // two neighbours, in one register or in two
  int word = column / (4 * per) * (which == OF_B ? 1 : rows / 8) + (which == OF_B ? 0 : row / 8);
  struct place p = {(row % 8) * 4 + column / per % 4, word * per + column % per};
  return p;
}
// wmma: PTX leaves the places open. Here each lane has the next `count` elements in the order of rows, again from the
// first where a fragment is larger than its matrix.
// Elements that share a word are neighbours in memory: of B those of a column, if they have fewer than 8 bits.
INLINE struct place wmma_place(int which, int row, int column, int rows, int columns, int count, int type) {
  int q = which == OF_B && bits_in(type) < 8 ? column * rows + row : row * columns + column;
  struct place p = {q / count, q % count};
  return p;
}

INLINE u32 word_of(const R *x, int lane) { return ((const u32 *)x)[lane]; }
INLINE f64 fetch(const R *const *x, struct place p, int type) {
  if (type == F64) return as_f64(((const u64 *)x[p.number])[p.lane]);
  int per = packed_in(type); return element(word_of(x[p.number / per], p.lane), p.number % per, type); }
INLINE void put(R *const *x, struct place p, int type, f64 value, int limited) {
  if (type == F64) { ((u64 *)x[p.number])[p.lane] = bits_f64(value); return; }
  u32 bits = bits_of(value, type, limited); int per = packed_in(type); u32 *word = (u32 *)x[p.number / per] + p.lane;
  *word = per == 1 ? bits : (*word & ~(0xffffu << 16 * (p.number % per))) | bits << 16 * (p.number % per);
}

static void multiply(f64 *d, const f64 *a, const f64 *b, int m, int n, int k) {  // d += a b
  for (int i = 0; i < m; i++) for (int l = 0; l < k; l++) for (int j = 0; j < n; j += IN64)
    *(v_f64 *)(d + i * n + j) += a[i * k + l] * *(const v_f64 *)(b + l * n + j);
}
static void multiply_fused(f64 *d, const f64 *a, const f64 *b, int m, int n, int k) {  // f64 is rounded at every step
  for (int i = 0; i < m; i++) for (int l = 0; l < k; l++) for (int j = 0; j < n; j++)
    d[i * n + j] = fma(a[i * k + l], b[l * n + j], d[i * n + j]);
}
static void multiply_xor(f64 *d, const f64 *a, const f64 *b, int m, int n, int k) {  // bits: counts where they differ
  for (int i = 0; i < m; i++) for (int l = 0; l < k; l++) for (int j = 0; j < n; j++)
    d[i * n + j] += a[i * k + l] != b[l * n + j];
}

// One instruction. PLACE(which, row, column, rows, columns, count, type): by one of the two functions above.
#define EACH(rows, columns) for (int i = 0; i < rows; i++) for (int j = 0; j < columns; j++)
#define GRID(name, rows, columns) f64 name[(rows) * (columns)] __attribute__((aligned(64)));
#define PRODUCT(name, MULTIPLY, M, N, K, ta, tb, tc, td, limited, PLACE, na, nb, nc)                                \
  static void name(R *const *d, const R *const *a, const R *const *b, const R *const *c) {                          \
    GRID(A, M, K) GRID(B, K, N) GRID(C, M, N)                                                                       \
    EACH(M, K) A[i * K + j] = fetch(a, PLACE(OF_A, i, j, M, K, na, ta), ta);                                        \
    EACH(K, N) B[i * N + j] = fetch(b, PLACE(OF_B, i, j, K, N, nb, tb), tb);                                        \
    EACH(M, N) C[i * N + j] = fetch(c, PLACE(OF_C, i, j, M, N, nc, tc), tc);                                        \
    MULTIPLY(C, A, B, M, N, K);                                                                                     \
    EACH(M, N) put(d, PLACE(OF_C, i, j, M, N, nc, td), td, C[i * N + j], limited); }
#define MMA_PLACE(which, row, column, rows, columns, count, type) mma_place(which, row, column, rows, packed_in(type))
#define WMMA_PLACE(which, row, column, rows, columns, count, type) wmma_place(which, row, column, rows, columns, count, type)

// ---- fragments and memory ----

// Element e of every lane of a wmma fragment lies in memory at base + (row, column) of the leading dimension `across`.
INLINE void wmma_addresses(L *a, const L *base, const R *across, int e, int rows, int columns, int count, int size, int by_column) {
  for (int i = 0; i < 32; i++) {
    int q = (i * count + e) % (rows * columns), row = q / columns, column = q % columns;
    u64 step = by_column ? (u64)column * word_of(across, i) + row : (u64)row * word_of(across, i) + column;
    ((u64 *)a)[i] = ((const u64 *)base)[i] + step * size;
  }
}
INLINE L line_heads(const L *base, const R *across, int size, u32 m) {
  L a; u32 first = __builtin_ctz(m);
  for (u32 i = 0; i < 32; i++) ((u64 *)&a)[i] = ((const u64 *)base)[first] + (u64)i * word_of(across, first) * size;
  return a;
}
#define WMMA_MOVE(x, base, across, rows, columns, count, size, by_column, CHECK, move, m)                           \
  for (int e = 0; e < count; e++) { L a; wmma_addresses(&a, &base, &across, e, rows, columns, count, size, by_column); \
    CHECK; for (int i = 0; i < 32; i++) if (!((m) >> i & 1)) continue;                                                \
           else if (size == 8) move##_f64((u64 *)x[e] + i, ((u64 *)&a)[i]);                                           \
           else move((u32 *)x[e * size / 4] + i, ((u64 *)&a)[i], size, 8 * (e * size % 4)); }
INLINE void load_piece_f64(u64 *word, u64 at) { *word = *(const u64 *)at; }
INLINE void store_piece_f64(u64 *word, u64 at) { *(u64 *)at = *word; }
INLINE R divided(R x, u32 by) { for (int i = 0; i < 32; i++) ((u32 *)&x)[i] /= by; return x; }
INLINE void load_piece(u32 *word, u64 at, int size, int shift) {
  u32 v = size == 1 ? *(const u8 *)at : size == 2 ? *(const u16 *)at : *(const u32 *)at;
  *word = shift ? *word | v << shift : v;
}
INLINE void store_piece(u32 *word, u64 at, int size, int shift) {
  if (size == 2) *(u16 *)at = *word >> shift; else *(u32 *)at = *word; }

// ldmatrix, stmatrix: lane 8 j + i names row i of matrix j, 8 x 8 elements of 16 bits; a lane gets (or gives) two
// neighbours of a row, or of a column. m: the lanes that are here, if a kernel forgot some; nobody names the others' rows.
static u16 no_row;
INLINE u16 *matrix_element(const L *rows, int j, int lane, int e, int turned, u32 m) {
  int row = turned ? 2 * (lane % 4) + e : lane / 4, column = turned ? lane / 4 : 2 * (lane % 4) + e;
  return m >> (8 * j + row) & 1 ? (u16 *)((const u64 *)rows)[8 * j + row] + column : &no_row;
}
#define LDMATRIX(x, rows, count, turned, m)                                                                          \
  for (int j = 0; j < count; j++) for (int i = 0; i < 32; i++)                                                       \
    ((u32 *)x[j])[i] = *matrix_element(rows, j, i, 0, turned, m) | (u32)*matrix_element(rows, j, i, 1, turned, m) << 16;
#define STMATRIX(x, rows, count, turned, m)                                                                          \
  for (int j = 0; j < count; j++) for (int i = 0; i < 32; i++) for (int e = 0; e < 2; e++)                            \
    *matrix_element(rows, j, i, e, turned, m) = word_of(x[j], i) >> 16 * e;
