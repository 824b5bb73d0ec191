/* SPDX-License-Identifier: GPL-2.0-only */
/* A call that takes long, in a thread of its own. */
#ifndef SELFTESTS_IOMMU_LIB_CALL_H
#define SELFTESTS_IOMMU_LIB_CALL_H

#include <pthread.h>
#include <stdatomic.h>

/**
 * struct call - The call
 * @thread: of call_start()
 * @function: what is called
 * @data: for @function
 * @done: it has returned
 * @rc: what it returned, once @done
 */
struct call {
	pthread_t thread;
	int (*function)(void *data);
	void *data;
	atomic_bool done;
	int rc;
};

int call_start(struct call *call, int (*function)(void *data), void *data);
int call_end(struct call *call);

#endif
