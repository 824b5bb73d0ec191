/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A clock that counts instructions: under -icount shift=0 the TSC of an x86
 * guest goes on by one with each of them, as it does for the modules.
 *
 * When a processor has nothing to do, that clock leaps to the next timer. Time
 * in which this process slept or waited is therefore left out, by the scheduler's
 * own account, which is kept by the TSC as well.
 */
#ifndef QEMU_BENCH_CLOCK_H
#define QEMU_BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

struct clock {
	uint64_t tsc;
	uint64_t cpu;
};

static inline uint64_t clock_tsc(void)
{
	return __builtin_ia32_rdtsc();
}

/* For a profile. */
void clock_mark_start(void);
void clock_mark_stop(void);

/* What all threads of this process used. */
static inline uint64_t clock_cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static inline void clock_start(struct clock *clock)
{
	clock_mark_start();
	clock->cpu = clock_cpu();
	clock->tsc = clock_tsc();
}

/* Instructions since clock_start(). */
static inline uint64_t clock_stop(const struct clock *clock)
{
	uint64_t tsc = clock_tsc() - clock->tsc;
	uint64_t cpu = clock_cpu() - clock->cpu;

	clock_mark_stop();
	/* The kernel measures how fast the TSC is, but not exactly. */
	return cpu < tsc - tsc / 64 ? cpu : tsc;
}

#endif
