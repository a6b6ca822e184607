// printf: each lane's text is made at once, and added to the module's buffer as {block, bytes, text} for printf.py.
#include <stdio.h>

#define print_lanes(d, formats, arguments, m) print_each(c, w, PRINTED, d, formats, arguments, m)

// A copy of a text that the kernel points to, as far as it can be read.
static void copy_text(struct core *c, struct warp *w, char *to, u32 most, u64 from) {
  u32 n = 0;
  while (n + 1 < most && anywhere(c, w, from + n, 1) && (to[n] = *(const char *)(from + n))) n++;
  to[n] = 0;
}

// One lane's text. CUDA packs the arguments one after another, each at a multiple of its own size.
static u32 print_one(struct core *c, struct warp *w, char *out, u32 most, u64 format, u64 arguments, u32 *count) {
  char text[1024], spec[64], string[1024]; u32 n = 0; u64 at = 0;
#define TAKE(T) ({ at = (at + sizeof(T) - 1) / sizeof(T) * sizeof(T); T v = 0;                       \
    if (anywhere(c, w, arguments + at, sizeof(T))) memcpy(&v, (const void *)(arguments + at), sizeof(T)); \
    at += sizeof(T); ++*count; v; })
#define WRITE(...) { int k = snprintf(out + n, most - n, __VA_ARGS__); n += k < 0 ? 0 : (u32)k < most - n ? (u32)k : most - n - 1; }
  copy_text(c, w, text, sizeof text, format);
  for (const char *p = text; *p;) {
    if (*p != '%') { WRITE("%c", *p) p++; continue; }
    char *s = spec; int wide = 0, narrow = 0; *s++ = *p++;
    while (*p && strchr("-+ #0123456789.*", *p) && s < spec + 40)
      if (*p == '*') { s += sprintf(s, "%d", TAKE(s32) % 10000); p++; } else *s++ = *p++;
    for (; *p && strchr("hlzjtqL", *p); p++) { wide |= strchr("lzjtq", *p) != 0; narrow += *p == 'h'; }
    char kind = *p ? *p++ : '%';
    if (strchr("diuoxX", kind)) {
      sprintf(s, "%s%c", wide ? "ll" : narrow > 1 ? "hh" : narrow ? "h" : "", kind);
      if (wide) WRITE(spec, TAKE(long long)) else WRITE(spec, TAKE(int))
    } else if (strchr("fFeEgGaA", kind)) { s[0] = kind; s[1] = 0; WRITE(spec, TAKE(f64)) }
    else if (kind == 'c') { s[0] = kind; s[1] = 0; WRITE(spec, TAKE(int)) }
    else if (kind == 's') { s[0] = kind; s[1] = 0; copy_text(c, w, string, sizeof string, TAKE(u64)); WRITE(spec, string) }
    else if (kind == 'p') WRITE("0x%llx", TAKE(unsigned long long))
    else WRITE("%c", kind)
  }
  return n;
}
static void print_each(struct core *c, struct warp *w, u64 buffer, u64 bytes, R *d, const L *formats, const L *arguments, u32 m) {
  char out[4096]; const u32 *grid = c->launch->grid;
  u64 block = ((u64)c->block[2] * grid[1] + c->block[1]) * grid[0] + c->block[0];
  for (int i = 0; i < 32; i++) if (m >> i & 1) {
    u32 count = 0, n = print_one(c, w, out, sizeof out, ((const u64 *)formats)[i], ((const u64 *)arguments)[i], &count);
    ((u32 *)d)[i] = count;
    if (n == 0) continue;
    u64 at = __atomic_fetch_add((u64 *)buffer, n + 12, __ATOMIC_RELAXED) + 8;
    if (at + 12 + n > bytes) continue;
    memcpy((void *)(buffer + at), &block, 8); memcpy((void *)(buffer + at + 8), &n, 4);
    memcpy((void *)(buffer + at + 12), out, n);
  }
}
