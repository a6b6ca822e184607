"""What a kernel's C does beside what the kernel says: nothing, count it, tell of one warp, or look for mistakes."""

PLAIN, PROFILE, STEP, CHECK = "", "profile", "step", "check"
