// Accesses that are known before a checked kernel runs (known.py): which code ran since the last barrier says whether two
// of them clash, and each lane need be asked only once a block whether it reads what was written.

#define RAN_KNOWN(slot, lanes) { u32 here = (lanes), index = w->index; c->checked->ran[slot][index] |= here; \
                                 if (UNLIKELY(here & ~c->checked->seen[slot][index])) first_run(c, w, slot, here); }

// What has run suffices for the reads of a slot, if it did in some block before.
static int is_proven(const struct checked *k, u32 slot, u32 index, u32 m) {
  const u32 *then = k->proof[slot][index].seen[0], *now = k->seen[0];
  u32 missing = m & ~k->proof[slot][index].lanes, same = !memcmp(then, now, sizeof k->seen);  // mostly
  for (u32 i = 0; !same && i < SLOTS * WARPS; i++) missing |= then[i] & ~now[i];
  return !missing;
}
// The first time in this block that these lanes run it: was what they read written?
COLD void first_run(struct core *c, const struct warp *w, u32 slot, u32 m) {
  struct checked *k = c->checked; u32 index = w->index, proven = 1;
  m &= ~k->seen[slot][index];
  if (!is_proven(k, slot, index, m)) {
    memset(k->filled, 0, c->launch->shared_bytes);
    for (u32 n = 0; n < KNOWN; n++) for (u32 t = 0; KNOWN_IS[n].writes && t < 32 * WARPS; t++)
      if (k->seen[KNOWN_IS[n].slot][t / 32] >> (t % 32) & 1) memset(k->filled + KNOWN_AT[n][t], 1, KNOWN_IS[n].size);
    for (u32 n = 0; n < KNOWN; n++) for (u32 i = 0; KNOWN_IS[n].slot == slot && i < 32; i++) if (m >> i & 1) {
      u32 at = KNOWN_AT[n][index * 32 + i], size = KNOWN_IS[n].size, filled = 0;
      for (u32 j = 0; j < size; j++) filled |= k->filled[at + j];
      if (KNOWN_IS[n].writes) memset(k->filled + at, 1, size);
      else if (!filled) { record(c, w, UNWRITTEN, KNOWN_IS[n].site, i, (u64)c->shared + at, size, 0, 0); proven = 0; }
    }
    if (proven) { k->proof[slot][index].lanes = m; memcpy(k->proof[slot][index].seen, k->seen, sizeof k->seen); }
  }
  k->seen[slot][index] |= m;
}

// A barrier is complete, or the block ended: what ran before it? In a pair of accesses that can clash, `owner` holds the
// thread that writes a byte, in this meeting.
static void judge_known(struct core *c) {
  struct checked *k = c->checked;
  u8 any[SLOTS + 1];
  for (u32 s = 0; s < SLOTS; s++) { u32 lanes = 0; for (u32 i = 0; i < WARPS; i++) lanes |= k->ran[s][i]; any[s] = lanes != 0; }
  for (u32 p = 0, sa, sb; p < CLASHES; p++) {  // CLASH[p][2]: the last pair of the same two slots
    u32 a = CLASH[p][0], b = CLASH[p][1];
    sa = KNOWN_IS[a].slot; sb = KNOWN_IS[b].slot;
    if (!any[sa] || !any[sb]) { p = CLASH[p][2]; continue; }
    u32 meeting = ++k->meeting << 10;
    for (u32 t = 0; t < THREADS; t++) if (k->ran[sa][t / 32] >> (t % 32) & 1)
      for (u32 i = 0; i < KNOWN_IS[a].size; i++) k->owner[KNOWN_AT[a][t] + i] = meeting | t;
    for (u32 t = 0; t < THREADS; t++) if (k->ran[sb][t / 32] >> (t % 32) & 1)
      for (u32 i = 0; i < KNOWN_IS[b].size; i++) {
        u32 o = k->owner[KNOWN_AT[b][t] + i];
        if ((o ^ meeting) >> 10 || (o & 1023) == t) continue;
        struct warp w = {.index = t / 32};
        record(c, &w, (o & 1023) / 32 == t / 32 ? RACE_IN_WARP : RACE, KNOWN_IS[b].site, t % 32,
               (u64)c->shared + KNOWN_AT[b][t], KNOWN_IS[b].size, 0, STAMP(now(c), KNOWN_IS[a].site, 0, o & 1023));
        break;
      }
  }
  memset(k->ran, 0, sizeof k->ran);
}
