/* SPDX-License-Identifier: GPL-2.0-only */
/* libc takes its numbers from here, too. */
#include_next <linux/errno.h>
