"""What a kernel's C does beside what the kernel says: nothing, count it, or look for mistakes."""

PLAIN, PROFILE, CHECK = "", "profile", "check"
