/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread that does one thing over and over while a test does another. */
#ifndef SELFTESTS_IOMMU_LIB_LOOP_H
#define SELFTESTS_IOMMU_LIB_LOOP_H

#include <pthread.h>
#include <stdatomic.h>

/**
 * struct loop - The thread
 * @thread: of loop_start()
 * @step: what it does, returns 0 or a negative errno, which ends it
 * @data: for @step
 * @stop: no further round
 * @rounds: that have been done
 * @rc: what @step returned last
 */
struct loop {
	pthread_t thread;
	int (*step)(void *data);
	void *data;
	atomic_bool stop;
	atomic_uint rounds;
	atomic_int rc;
};

int loop_start(struct loop *loop, int (*step)(void *data), void *data);
int loop_stop(struct loop *loop);

#endif
