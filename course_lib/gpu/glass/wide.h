// Atomics of 128 bits: one thread of this computer at a time. Included only where a kernel has them.

static int wide_lock;
static void exchange_wide(L *const *d, const L *address, const L *const *y, const L *const *z, u32 m) {  // z: only if equal to y
  for (int i = 0; i < 32; i++) if (m >> i & 1) {
    u64 *p = (u64 *)((const u64 *)address)[i], low = ((const u64 *)y[0])[i], high = ((const u64 *)y[1])[i];
    while (__atomic_exchange_n(&wide_lock, 1, __ATOMIC_ACQUIRE)) {}
    u64 old_low = p[0], old_high = p[1];
    if (!z) { p[0] = low; p[1] = high; }
    else if (old_low == low && old_high == high) { p[0] = ((const u64 *)z[0])[i]; p[1] = ((const u64 *)z[1])[i]; }
    __atomic_store_n(&wide_lock, 0, __ATOMIC_RELEASE);
    ((u64 *)d[0])[i] = old_low; ((u64 *)d[1])[i] = old_high;
  }
}
