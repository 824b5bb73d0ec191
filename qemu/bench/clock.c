// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

/*
 * Where a profile starts and stops to count, see profile.c: what runs in the
 * emulator watches for these addresses.
 */
__attribute__((noinline)) void clock_mark_start(void)
{
	__asm__ volatile ("");
}

__attribute__((noinline)) void clock_mark_stop(void)
{
	__asm__ volatile ("");
}
