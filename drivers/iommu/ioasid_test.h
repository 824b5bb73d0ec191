/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit suites of the PASID space share. They run when nobody uses a
 * PASID, one test at a time, and each test leaves the space empty.
 */
#ifndef __IOASID_TEST_H
#define __IOASID_TEST_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/hrtimer.h>

#include "ioasid_internal.h"

/**
 * struct ioasid_test - what each test starts with, in &kunit.priv
 * @set: an empty set; a test that frees it puts NULL here
 * @other: one more, of another owner
 * @sets: how many sets there were before
 */
struct ioasid_test {
	struct ioasid_set *set;
	struct ioasid_set *other;
	unsigned int sets;
};

/**
 * struct ioasid_test_job - a function to run in another context
 * @fn: the function
 * @set: for @fn
 * @id: for @fn
 * @rc: for what @fn returns
 * @irq: was run in hard interrupt context
 * @softirq: was run in a softirq
 * @timer: runs it
 * @rcu: runs it
 * @done: it was run
 */
struct ioasid_test_job {
	void (*fn)(struct ioasid_test_job *job);
	struct ioasid_set *set;
	ioasid_t id;
	int rc;
	bool irq;
	bool softirq;
	struct hrtimer timer;
	struct rcu_head rcu;
	struct completion done;
};

int ioasid_test_init(struct kunit *test);
void ioasid_test_exit(struct kunit *test);
bool ioasid_test_none_in_use(void);
ioasid_t ioasid_test_alloc(struct kunit *test, struct ioasid_set *set);
void ioasid_test_in_irq(struct ioasid_test_job *job);

static inline u32 ioasid_test_used(struct ioasid_set *set)
{
	struct ioasid_set_counts counts;

	ioasid_set_read_counts(set, &counts);
	return counts.used;
}

static inline u32 ioasid_test_parked(struct ioasid_set *set)
{
	struct ioasid_set_counts counts;

	ioasid_set_read_counts(set, &counts);
	return counts.parked;
}

#endif /* __IOASID_TEST_H */
